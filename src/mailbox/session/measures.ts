/**
 * What is known of the lengths of messages and parts?
 *
 * A viewer asks for many ranges of one part, and where they begin takes reading it once. A message never changes, so what was found
 * out stays true; a few are remembered, in memory, and losing them costs time alone.
 */
import { limits } from '../../core/limits.ts';
import type { PartMap } from '../../core/mime/part-map.ts';

export interface Measure {
  get(): PartMap | null;
  set(map: PartMap): void;
}

/** Of what may be another message by the next request. */
export const unkept: Measure = { get: () => null, set: () => undefined };

export class Measures {
  readonly #maps = new Map<string, PartMap>();

  /** Of one section, which `names` tell apart from every other of all users whose object this is. */
  of(...names: readonly (string | number)[]): Measure {
    const key = JSON.stringify(names);
    const maps = this.#maps;
    return {
      get: () => maps.get(key) ?? null,
      set(map) {
        maps.delete(key);
        maps.set(key, map);
        const [oldest] = maps.keys();
        if (maps.size > limits.measuredSections && oldest !== undefined) maps.delete(oldest);
      },
    };
  }
}
