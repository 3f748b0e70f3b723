/**
 * Looks for news in mailboxes as it is told to, in a session of its own: without the object that does so by its alarm.
 */
import { Buffer } from 'node:buffer';
import type { AccountMessage } from '../../../src/core/account.ts';
import { Failed, type MailFailure } from '../../../src/core/failure.ts';
import { Secret } from '../../../src/core/secret.ts';
import type { GrantedPath } from '../../../src/mailbox/session/granted-path.ts';
import { openSession } from '../../../src/mailbox/session/open-session.ts';
import type { WatchEvent } from '../../../src/watch/event.ts';
import { mailboxNews } from '../../../src/watch/news/mailbox-news.ts';
import type { Look } from '../../../src/watch/news/news.ts';
import type { Subscription } from '../../../src/watch/subscription.ts';

export interface Errand {
  readonly account: AccountMessage;
  readonly look: Look;
  /** Octets as base64url. */
  readonly watched: readonly {
    readonly subscription: Subscription;
    readonly known: string | null;
    readonly since: string | null;
  }[];
  /** Selected before, as in a session that has waited in it; what happens meanwhile is over when this URL has answered. */
  readonly waited: { readonly path: string; readonly url: string } | null;
}

export type Outcome =
  | {
      readonly subscriptionId: string;
      readonly ok: true;
      readonly known: string;
      readonly isSameKnown: boolean;
      readonly events: readonly WatchEvent[];
      readonly hasMore: boolean;
    }
  | { readonly subscriptionId: string; readonly ok: false; readonly failure: MailFailure };

export type Answer = { readonly outcomes: readonly Outcome[] } | { readonly lost: MailFailure };

async function run({ account, look, watched, waited }: Errand): Promise<Answer> {
  const credential = { kind: 'password', secret: new Secret(account.credential.secret) } as const;
  const opened = await openSession({ ...account, credential }, true, {});
  if (!opened.ok) return { lost: opened.failure };
  const session = opened.value;
  try {
    if (waited !== null) {
      await session.select(waited.path as GrantedPath);
      await fetch(waited.url);
    }
    const given = watched.map(({ subscription, known, since }) => ({
      subscription,
      known: octetsIn(known),
      since: octetsIn(since),
    }));
    const news = await mailboxNews(session, given, look);
    const outcomes = [...news].map(([subscriptionId, result]): Outcome => {
      if (!result.ok) return { subscriptionId, ok: false, failure: result.failure };
      const { known, events, hasMore } = result.value;
      const isSameKnown = given.some((one) => one.known === known);
      return { subscriptionId, ok: true, known: textOf(known), isSameKnown, events, hasMore };
    });
    return { outcomes };
  } catch (error) {
    if (error instanceof Failed) return { lost: error.failure };
    throw error;
  } finally {
    session.close();
  }
}

const octetsIn = (text: string | null): Uint8Array | null =>
  text === null ? null : Uint8Array.from(Buffer.from(text, 'base64url'));
const textOf = (octets: Uint8Array): string => Buffer.from(octets).toString('base64url');

export default {
  async fetch(request) {
    return Response.json(await run(await request.json<Errand>()));
  },
} satisfies ExportedHandler;
