/**
 * When does a Watcher wake up?
 *
 * At the earliest time that anybody has asked for. What is asked for while a round goes on is remembered until that sets the alarm anew: its
 * own alarm may be earlier, and hides what it would do away with.
 */

export class Alarm {
  readonly #storage: Pick<DurableObjectStorage, 'getAlarm' | 'setAlarm'>;
  /** Since the round began that goes on; null while there is none. */
  #askedMs: number | null = null;

  constructor(storage: Pick<DurableObjectStorage, 'getAlarm' | 'setAlarm'>) {
    this.#storage = storage;
  }

  /** No later than then. */
  async wake(atMs: number): Promise<void> {
    if (this.#askedMs !== null) this.#askedMs = Math.min(this.#askedMs, atMs);
    const setMs = await this.#storage.getAlarm();
    if (setMs === null || setMs > atMs) await this.#storage.setAlarm(atMs);
  }

  /** In any case at `insuredMs`, whatever becomes of the round. */
  async begin(insuredMs: number): Promise<void> {
    this.#askedMs = Number.POSITIVE_INFINITY;
    await this.#storage.setAlarm(insuredMs);
  }

  /** At `wishedMs`, which the round has found out, or when it was asked for since the round began. */
  async end(wishedMs: number): Promise<void> {
    const setMs = await this.#storage.getAlarm();
    const nextMs = Math.min(wishedMs, this.#askedMs ?? Number.POSITIVE_INFINITY);
    this.#askedMs = null;
    if (setMs !== nextMs) await this.#storage.setAlarm(nextMs);
  }
}
