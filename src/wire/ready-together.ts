/**
 * How do many small pieces leave in few writes, and none of them late?
 *
 * What is there without waiting leaves together: each write costs as much as some KiB, and leaves memory behind that the runtime
 * takes back seldom. But no piece waits for another that the mail server has still to send. Reads one piece ahead, so it is for
 * pieces whose source is ended by whoever ends the reading, such as a mail session.
 */
import { concat } from '../core/mime/bytes.ts';

/** About a packet's worth. */
const enoughBytes = 64 * 1024;

/** The same bytes in fewer pieces. When `pieces` fail, all that came before is handed out first. */
export async function* readyTogether(
  pieces: AsyncGenerator<Uint8Array, void, undefined>,
): AsyncGenerator<Uint8Array, void, undefined> {
  let next = following(pieces);
  for (;;) {
    const { done, value } = await next;
    if (done === true) return;
    next = following(pieces);
    const together = [value];
    const pause = nextTurn();
    for (let length = value.length; length < enoughBytes; ) {
      const ready = await Promise.race([orNull(next), pause]);
      if (ready === null || ready.done === true) break;
      together.push(ready.value);
      length += ready.value.length;
      next = following(pieces);
    }
    yield concat(together);
  }
}

type Next = Promise<IteratorResult<Uint8Array, void>>;

/** Nobody comes back for it when the reader leaves; its failure is then the source's to tell. */
function following(pieces: AsyncGenerator<Uint8Array, void, undefined>): Next {
  const next = pieces.next();
  next.catch(() => undefined);
  return next;
}

/** Null when it failed, which is for those to see who come for it next. */
const orNull = (next: Next): Promise<IteratorResult<Uint8Array, void> | null> => next.catch(() => null);

/** Whatever needs no I/O is done by then. */
const nextTurn = (): Promise<null> => new Promise((resolve) => setTimeout(() => resolve(null), 0));
