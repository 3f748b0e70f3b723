import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { MailFailure } from '../../src/core/failure.ts';
import { limits } from '../../src/core/limits.ts';
import { leasedStream } from '../../src/wire/leased-stream.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

async function* endless(): AsyncGenerator<Uint8Array, void, undefined> {
  for (;;) yield new Uint8Array(10);
}

function stage() {
  const told: (MailFailure | 'discarded')[] = [];
  const lease = {
    session: null,
    isWarm: false,
    endsAtMs: Number.POSITIVE_INFINITY,
    release: () => undefined,
    discard: () => told.push('discarded'),
  };
  const stream = leasedStream(lease, endless(), (failure) => told.push(failure));
  return { told, reader: stream.getReader() };
}

const deadline = (limitMs: number) => ['discarded', { kind: 'deadline-exceeded', phase: 'read', limitMs }];

it('waits for a reader that takes its time, and not for one that has stopped', async () => {
  const { told, reader } = stage();
  for (let pause = 0; pause < 3; pause++) {
    await reader.read();
    await vi.advanceTimersByTimeAsync(limits.stalledReaderMs - 1);
  }
  expect(told).toEqual([]);
  await vi.advanceTimersByTimeAsync(1);
  expect(told).toEqual(deadline(limits.stalledReaderMs));
  await expect(reader.read()).rejects.toThrow('deadline-exceeded');
});

it('waits for no reader that does not begin soon', async () => {
  const { told, reader } = stage();
  await vi.advanceTimersByTimeAsync(limits.unclaimedStreamMs - 1);
  expect(told).toEqual([]);
  await vi.advanceTimersByTimeAsync(1);
  expect(told).toEqual(deadline(limits.unclaimedStreamMs));
  await expect(reader.read()).rejects.toThrow('deadline-exceeded');
});

it('ends for the most diligent reader when its whole time is up', async () => {
  const { told, reader } = stage();
  const stepMs = limits.stalledReaderMs / 2;
  for (let passedMs = 0; passedMs < limits.streamMs - stepMs; passedMs += stepMs) {
    await reader.read();
    await vi.advanceTimersByTimeAsync(stepMs);
  }
  expect(told).toEqual([]);
  await reader.read();
  await vi.advanceTimersByTimeAsync(stepMs);
  expect(told).toEqual(deadline(limits.streamMs));
});
