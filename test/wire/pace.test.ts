import { describe, expect, it } from 'vitest';
import { limits } from '../../src/core/limits.ts';
import { Pace } from '../../src/wire/pace.ts';

const KiB = 1024;

describe('Pace', () => {
  it('is content with whoever sends enough for the time that it takes, however long', () => {
    const pace = new Pace();
    for (let second = 0; second < 100_000; second += 20) pace.add(20_000, 20 * limits.replyBytesPerSecond);
  });

  it('has had enough of a byte now and then', () => {
    const pace = new Pace();
    pace.add(limits.commandMs - 1_000, 1);
    expect(() => pace.add(limits.commandMs - 1_000, 1)).toThrow('deadline-exceeded');
  });

  it('does not let anybody rest on what came before', () => {
    const pace = new Pace();
    pace.add(0, 100_000 * KiB);
    pace.add(limits.commandMs - 1_000, 1);
    expect(() => pace.add(limits.commandMs - 1_000, 1)).toThrow('deadline-exceeded');
  });
});
