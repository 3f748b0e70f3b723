/**
 * One attempt at a receiver, or one message as an event has it: without anything that is kept between them.
 */
import type { Access } from '../../../src/core/access.ts';
import { type AccountMessage, fromMessage } from '../../../src/core/account.ts';
import { Failed, type Result } from '../../../src/core/failure.ts';
import { guardedFetch } from '../../../src/egress/guarded-fetch.ts';
import { openSession } from '../../../src/mailbox/session/open-session.ts';
import { type Call, called } from '../../../src/watch/delivery/attempt.ts';
import { type ImapRef, readMailboxMessage } from '../../../src/watch/delivery/read-mailbox.ts';
import type { JsonObject } from '../../../src/watch/event.ts';
import type { Include } from '../../../src/watch/subscription.ts';

export type Errand =
  | { readonly kind: 'call'; readonly call: Call }
  | {
      readonly kind: 'read';
      readonly account: AccountMessage;
      readonly access: Access;
      readonly ref: ImapRef;
      readonly include: Include;
    };

async function read(
  { account, access, ref, include }: Extract<Errand, { readonly kind: 'read' }>,
  development: boolean,
): Promise<Result<JsonObject>> {
  const { credential, ...rest } = fromMessage(account);
  if (credential.kind === 'refresh-token') throw new Error('It takes no refresh tokens.');
  const session = await openSession({ ...rest, credential }, development, {});
  if (!session.ok) return session;
  try {
    return await readMailboxMessage(session.value, access, ref, include);
  } catch (error) {
    if (error instanceof Failed) return { ok: false, failure: error.failure };
    throw error;
  } finally {
    session.value.close();
  }
}

export default {
  async fetch(request, env) {
    const errand = await request.json<Errand>();
    const development = env.DEVELOPMENT === 'true';
    if (errand.kind === 'read') return Response.json(await read(errand, development));
    return Response.json(await called(guardedFetch(development), errand.call, () => Date.now()));
  },
} satisfies ExportedHandler<{ readonly DEVELOPMENT: string }>;
