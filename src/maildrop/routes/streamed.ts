/**
 * How does a route get the octets of a message?
 */
import type { Context } from 'hono';
import { Failed } from '../../core/failure.ts';
import { type Gateway, unwrapped } from '../../http/context.ts';
import type { StreamedMessage } from '../answers.ts';
import { maildropOf, messageOf } from './maildrop.ts';

export async function streamed(c: Context<Gateway>, messageId: string): Promise<StreamedMessage> {
  const { stub, account } = await maildropOf(c);
  return unwrapped(await stub.read(account, messageOf(messageId)), c.get('timings'));
}

/**
 * The same bytes, with a failure that says what happened. What broke is on the other side of RPC, where it was logged;
 * here it is only known that it did.
 */
export function lossTold(body: ReadableStream<Uint8Array>): ReadableStream<Uint8Array> {
  const reader = body.getReader();
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const { done, value } = await reader.read();
          if (done) controller.close();
          else controller.enqueue(value);
        } catch {
          controller.error(new Failed({ kind: 'connection-lost' }));
        }
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  );
}
