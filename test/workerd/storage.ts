/**
 * A Durable Object's storage in memory, as far as logins are remembered in it.
 */
import type { Storage } from '../../src/wire/login-memory.ts';

export interface FakeStorage extends Storage {
  readonly kept: Map<string, unknown>;
  /** When all of it is to be forgotten. */
  readonly alarms: number[];
}

export function fakeStorage(): FakeStorage {
  const kept = new Map<string, unknown>();
  const alarms: number[] = [];
  return {
    kept,
    alarms,
    // Copied on the way in, as the real one does.
    kv: { get: (key) => kept.get(key), put: (key, value) => void kept.set(key, structuredClone(value)) },
    async setAlarm(timeMs) {
      alarms.push(timeMs);
    },
  };
}
