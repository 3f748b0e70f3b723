/**
 * Of what is there only so often, who has which?
 */

/** What is taken by one is missing to the others until it is given back. */
export class Pool<T> {
  readonly items: T[];
  readonly #waiting: ((item: T) => void)[] = [];

  constructor(items: T[] = []) {
    this.items = items;
  }

  take(): Promise<T> {
    const [item] = this.items.splice(0, 1);
    return item === undefined ? new Promise((resolve) => this.#waiting.push(resolve)) : Promise.resolve(item);
  }

  give(item: T): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.items.push(item);
    else next(item);
  }
}
