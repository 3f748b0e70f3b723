/**
 * How long may something take?
 *
 * Workers' sockets have no timeout of their own. A deadline that passes fails with the phase it was for; whoever owns
 * the connection then closes it, since nobody knows what would still arrive on it.
 */
import { Failed, type Phase } from './failure.ts';

/** Settles as `work` does, or throws `deadline-exceeded` after `limitMs`. What `work` then still does is not awaited. */
export async function within<T>(limitMs: number, phase: Phase, work: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const deadline = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Failed({ kind: 'deadline-exceeded', phase, limitMs })), limitMs);
  });
  try {
    return await Promise.race([work, deadline]);
  } finally {
    clearTimeout(timer);
  }
}
