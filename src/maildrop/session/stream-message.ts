/**
 * How does one message leave as a stream?
 */
import { type Timings, timed } from '../../core/reply.ts';
import type { Lease } from '../../wire/pool.ts';
import type { SpooledMessage } from '../answers.ts';
import type { MessageName } from '../rules.ts';
import { findMessage } from './find-message.ts';
import type { MaildropSession } from './session.ts';
import type { Body } from './wire.ts';

/** With its first bytes: what fails before them is a problem, and what fails behind them a broken stream. */
export async function openMessage(
  { session, isWarm }: Lease<MaildropSession>,
  name: MessageName,
  timings: Timings,
): Promise<SpooledMessage & { readonly chunks: Body }> {
  return timed(timings, 'fetch', async () => {
    const message = await findMessage(session, name);
    const { uidl, occurrence, size } = message;
    return { uidl, occurrence, size, chunks: await begun(await session.peek(message, isWarm)) };
  });
}

/** The same, when the first of them has come. */
async function begun<T>(chunks: AsyncGenerator<T, void, undefined>): Promise<AsyncGenerator<T, void, undefined>> {
  const first = await chunks.next();
  return (async function* () {
    if (first.done === true) return;
    yield first.value;
    yield* chunks;
  })();
}
