/**
 * What does a page of the maildrop show?
 */
import { Failed } from '../../core/failure.ts';
import { limits } from '../../core/limits.ts';
import type { ListedMessage, MaildropPage } from '../answers.ts';
import type { MessageName } from '../rules.ts';
import { octetsOf } from '../sync/state.ts';
import { startBehind } from './find-message.ts';
import type { NumberedMessage } from './listing.ts';
import type { MaildropSession } from './session.ts';

export interface PageRequest {
  readonly after: MessageName | null;
  readonly limit: number;
  readonly header: boolean;
}

/** As the maildrop is now. Throws Failed with `state-gone` when `after` has left it. */
export async function pageOf(session: MaildropSession, { after, limit, header }: PageRequest): Promise<MaildropPage> {
  const messages = await session.messages();
  const start = startBehind(messages, after);
  const chosen = messages.slice(start, start + limit);
  return {
    messages: await withHeaders(session, chosen, header),
    isLast: start + chosen.length === messages.length,
    total: messages.length,
    totalBytes: messages.reduce((sum, { size }) => sum + size, 0),
    // What comes while the pages are read is on the last of them, and told as new since the first: twice, and never not at all.
    state: after === null ? octetsOf(messages) : null,
  };
}

/** The last ones with their headers, the newest first: servers put new mail at the end. Throws Failed. */
export async function newestOf(session: MaildropSession, limit: number): Promise<ListedMessage[]> {
  const messages = await session.messages();
  return (await withHeaders(session, messages.slice(-limit), true)).reverse();
}

async function withHeaders(
  session: MaildropSession,
  messages: readonly NumberedMessage[],
  header: boolean,
): Promise<ListedMessage[]> {
  const blocks: Uint8Array[] = [];
  let blockBytes = 0;
  for await (const block of session.headers(header ? messages : [])) {
    blocks.push(block);
    blockBytes += block.length;
    // One answer has to fit into one RPC message (32 MiB) and into memory.
    if (blockBytes > limits.pageHeaderBytes) throw new Failed({ kind: 'limit-exceeded', limit: 'pageHeaderBytes' });
  }
  return messages.map(({ uidl, occurrence, size }, index) => ({
    uidl,
    occurrence,
    size,
    header: blocks[index] ?? null,
  }));
}
