/**
 * Is a line of the log one line of JSON, and without what an error quotes?
 */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { crashOf, logEvent } from '../../src/core/log.ts';

const lines: string[] = [];
beforeEach(() => {
  // The runtime's console is where the log ends: what it gets is what is tested.
  vi.spyOn(console, 'log').mockImplementation((line: string) => {
    lines.push(line);
  });
});
afterEach(() => {
  vi.restoreAllMocks();
  lines.length = 0;
});

it('is one line of JSON that names its event', () => {
  logEvent('session.failed', { protocol: 'imap', host: 'mail.example\nx', failure: 'tls-failed' });
  expect(lines).toHaveLength(1);
  expect(lines[0]).not.toContain('\n');
  expect(JSON.parse(lines[0] ?? '')).toEqual({
    event: 'session.failed',
    protocol: 'imap',
    host: 'mail.example\nx',
    failure: 'tls-failed',
  });
});

describe('a crash', () => {
  it('is told by its name and where it happened, without its message', () => {
    const crash = crashOf(new TypeError('cannot read "Subject: private"\n    private is not a function'));
    expect(crash.error).toBe('TypeError');
    expect(crash.frames.length).toBeGreaterThan(0);
    expect(crash.frames.length).toBeLessThanOrEqual(8);
    expect(JSON.stringify(crash)).not.toContain('private');
    for (const frame of crash.frames) expect(frame).toMatch(/^at /);
  });

  it.each([['a text'], [{ subject: 'private' }], [undefined], [null], [42]])(
    'of %j is told by its type alone',
    (thrown) => {
      expect(crashOf(thrown)).toEqual({ error: typeof thrown, frames: [] });
    },
  );
});
