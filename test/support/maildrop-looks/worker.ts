/**
 * Looks at a maildrop, or reads a message of it, in a session of its own: as a Watcher does, without keeping anything.
 */
import { base64url } from 'jose';
import { type AccountMessage, fromMessage, type LoginAccount } from '../../../src/core/account.ts';
import { accountParts } from '../../../src/core/account-parts.ts';
import { Failed, type MailFailure, type Result } from '../../../src/core/failure.ts';
import { MaildropSession } from '../../../src/maildrop/session/session.ts';
import { type PopRef, readMaildropMessage } from '../../../src/watch/delivery/read-maildrop.ts';
import type { JsonObject, WatchEvent } from '../../../src/watch/event.ts';
import { maildropNews } from '../../../src/watch/news/maildrop-news.ts';
import type { News } from '../../../src/watch/news/news.ts';
import type { Include, Subscription } from '../../../src/watch/subscription.ts';

interface LookErrand {
  readonly watched: readonly {
    readonly subscription: Subscription;
    readonly known: string | null;
    readonly since: string | null;
  }[];
  readonly nowMs: number;
  readonly mostEvents: number;
}

interface ReadErrand {
  readonly ref: PopRef;
  readonly include: Include;
}

export type Errand = { readonly account: AccountMessage } & (
  | { readonly look: LookErrand }
  | { readonly read: ReadErrand }
);

export interface ToldNews {
  readonly known: string;
  readonly events: readonly WatchEvent[];
  readonly hasMore: boolean;
  /** Whether these are the very octets that were known before. */
  readonly isSame: boolean;
}

export type Outcome =
  | { readonly failed: MailFailure }
  | { readonly news: Readonly<Record<string, ToldNews | MailFailure>> }
  | { readonly message: Result<JsonObject> };

async function run(errand: Errand): Promise<Outcome> {
  const account = fromMessage(errand.account);
  const { credential } = account;
  if (credential.kind === 'refresh-token') throw new Error('Not here');
  let session: MaildropSession | null = null;
  try {
    session = await MaildropSession.open({ ...account, credential }, true, {});
    return 'look' in errand ? await looked(session, account, errand.look) : await read(session, errand.read);
  } catch (error) {
    if (error instanceof Failed) return { failed: error.failure };
    throw error;
  } finally {
    session?.close();
  }
}

async function read(session: MaildropSession, { ref, include }: ReadErrand): Promise<Outcome> {
  return { message: await readMaildropMessage(session, ref, include) };
}

async function looked(
  session: MaildropSession,
  account: Pick<LoginAccount, 'server' | 'user'>,
  { watched, nowMs, mostEvents }: LookErrand,
): Promise<Outcome> {
  const octetsOf = (text: string | null) => (text === null ? null : base64url.decode(text));
  const all = watched.map((each) => ({ ...each, known: octetsOf(each.known), since: octetsOf(each.since) }));
  const news = await maildropNews(session, all, { account: accountParts(account), nowMs, mostEvents });
  const told = all.map(({ subscription: { id }, known }) => [id, toldOf(known, news.get(id))]);
  return { news: Object.fromEntries(told) };
}

function toldOf(before: Uint8Array | null, result: Result<News> | undefined): ToldNews | MailFailure {
  if (result === undefined) throw new Error('A subscription was forgotten');
  if (!result.ok) return result.failure;
  const { known, events, hasMore } = result.value;
  return { known: base64url.encode(known), events, hasMore, isSame: known === before };
}

export default {
  async fetch(request) {
    return Response.json(await run(await request.json<Errand>()));
  },
} satisfies ExportedHandler;
