/**
 * How does one wait for somebody else to do something, and not for ever?
 */
export class Signal {
  #next = Promise.withResolvers<void>();

  /** All who wait go on. */
  ring(): void {
    this.#next.resolve();
    this.#next = Promise.withResolvers();
  }

  /** Until the next ring, or until that time. */
  async wait(untilMs: number): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, Math.max(0, untilMs - Date.now()));
    });
    await Promise.race([this.#next.promise, late]);
    clearTimeout(timer);
  }
}
