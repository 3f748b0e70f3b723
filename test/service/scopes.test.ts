/**
 * Does a capsule allow what its scopes say, in every operation that there is, and is nothing asked of the mail server otherwise?
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createApp } from '../../src/app.ts';
import { type Scope, scopes } from '../../src/core/access.ts';
import { seal } from '../../src/core/seal.ts';
import { documentInfo } from '../../src/http/operation.ts';
import { idOf, joinDigests, uidlDigest } from '../../src/maildrop/rules.ts';
import { accounts, bearing, keyringOf, sealedFor } from '../support/capsules.ts';
import { consolidations } from '../support/consolidation.ts';
import { type DeafServer, startDeafServer } from '../support/deaf-server.ts';
import { letter } from '../support/mail.ts';
import { type Call, type Caller, type Postern, startPostern, testKey } from '../support/postern.ts';

let postern: Postern;
let server: DeafServer;
beforeAll(async () => {
  postern = await startPostern({});
  server = await startDeafServer();
});
afterAll(async () => {
  await server.stop();
  await postern.stop();
});

interface Needs {
  readonly scope: Scope;
  /** What it needs besides. */
  readonly besides?: Scope;
  /** Behind the path. */
  readonly query?: string;
  readonly call?: Call | ((caller: Caller) => Promise<Call>);
  /** More than what is in mailboxes. */
  readonly ofAccount?: true;
}

const subscriptionCall: Call = { body: { url: 'https://hooks.example.com/mail' } };

const message: Call = { bytes: letter('new'), headers: { 'Content-Type': 'message/rfc822' } };

/** What each operation needs, by its operationId; several cases where the body decides. */
const needs: Readonly<Record<string, readonly Needs[]>> = {
  getAccount: [{ scope: 'read' }],
  listMailboxes: [{ scope: 'read' }],
  createMailbox: [{ scope: 'modify', call: { body: { name: 'New' } }, ofAccount: true }],
  getMailbox: [{ scope: 'read' }],
  updateMailbox: [{ scope: 'modify', call: { body: { name: 'Other' } }, ofAccount: true }],
  deleteMailbox: [{ scope: 'delete', ofAccount: true }],
  getQuota: [{ scope: 'read' }],
  listMessages: [{ scope: 'read' }],
  appendMessage: [{ scope: 'modify', call: message }],
  searchMessages: [{ scope: 'read', call: { body: { filter: { text: 'x' } } } }],
  searchMailboxes: [{ scope: 'read', query: '?q=x' }],
  getMessage: [{ scope: 'read' }],
  updateMessage: [{ scope: 'modify', call: { body: { keywords: { $seen: true } } } }],
  deleteMessage: [{ scope: 'delete' }, { scope: 'delete', query: '?permanent=true' }],
  replaceDraft: [{ scope: 'modify', call: message }],
  listThreads: [{ scope: 'read' }],
  getThread: [{ scope: 'read' }],
  getMessageRaw: [{ scope: 'read' }],
  getMessagePart: [{ scope: 'read' }],
  exportMailbox: [{ scope: 'read' }],
  copyMessage: [{ scope: 'modify', call: { body: { mailboxId: 'trash' } } }],
  listChanges: [{ scope: 'read' }],
  changeMessages: [
    { scope: 'modify', call: { body: { ids: ['1.1'], patch: { keywords: { $seen: true } } } } },
    { scope: 'modify', call: { body: { ids: ['1.1'], copyTo: 'trash' } } },
    { scope: 'delete', call: { body: { ids: ['1.1'], delete: 'permanent' } } },
  ],
  listenToMailbox: [{ scope: 'read' }],
  listMaildropMessages: [{ scope: 'read' }],
  getMaildropMessage: [{ scope: 'read' }],
  deleteMaildropMessage: [{ scope: 'delete' }],
  getMaildropMessageRaw: [{ scope: 'read' }],
  getMaildropMessagePart: [{ scope: 'read' }],
  downloadMaildrop: [{ scope: 'read', call: { body: {} } }],
  acknowledgeDownload: [{ scope: 'delete', call: async (caller) => ({ body: { receipt: await receiptOf(caller) } }) }],
  listMaildropChanges: [{ scope: 'read' }],
  listMaildropChangesSince: [{ scope: 'read', call: { body: {} } }],
  pruneMaildrop: [{ scope: 'delete', call: { body: { keepNewest: 1 } } }],
  exportMaildrop: [{ scope: 'read' }],
  // Whoever has mail sent to an address of their own reads it.
  createSubscription: [
    { scope: 'subscribe', besides: 'read', call: subscriptionCall },
    { scope: 'read', besides: 'subscribe', call: subscriptionCall },
  ],
  listSubscriptions: [{ scope: 'subscribe' }],
  getSubscription: [{ scope: 'subscribe' }],
  updateSubscription: [
    { scope: 'subscribe', besides: 'read', call: { body: { pollSeconds: 600 } } },
    { scope: 'read', besides: 'subscribe', call: { body: { renewCredential: true } } },
  ],
  deleteSubscription: [{ scope: 'subscribe' }],
  addSigningSecret: [{ scope: 'subscribe', call: { body: {} } }],
  testSubscription: [{ scope: 'subscribe' }],
  listDeliveries: [{ scope: 'subscribe' }],
  replayDelivery: [{ scope: 'subscribe' }],
  replayDeliveries: [
    { scope: 'subscribe', call: { body: { from: '2026-11-16T00:00:00Z', to: '2026-11-17T00:00:00Z' } } },
  ],
  listNewMessages: [{ scope: 'read' }],
};

async function receiptOf({ user, mailServer }: Caller): Promise<string> {
  const parts = ['pop3', '127.0.0.1', Number(new URL(mailServer).port), 'none', user];
  const soon = Math.floor(Date.now() / 1000) + 600;
  return seal(keyringOf(testKey), 'receipt', parts, soon, joinDigests([await uidlDigest('a')]));
}

const security = z.array(z.record(z.string(), z.array(z.string())));
const Document = z.object({
  paths: z.record(
    z.string(),
    z.record(z.string(), z.object({ operationId: z.string(), security: security.default([]) })),
  ),
});
const { paths } = Document.parse(createApp({ openapiYaml: '' }).getOpenAPI31Document(documentInfo));
const operations = Object.entries(paths)
  .flatMap(([path, methods]) => Object.entries(methods).map(([method, operation]) => ({ path, method, ...operation })))
  .filter(({ security }) => security.some((way) => 'capsule' in way));

const cases = operations.flatMap(({ operationId, path, method }) =>
  (needs[operationId] ?? []).map((need, index): [string, { path: string; method: string } & Needs] => [
    index === 0 ? operationId : `${operationId} (${index + 1})`,
    { path, method: method.toUpperCase(), ...need },
  ]),
);

const pathOf = (path: string): string =>
  path.replace(/\{(\w+)\}/g, (_, name: string) => {
    if (name === 'mailbox') return 'inbox';
    if (name === 'partId') return '1';
    return path.startsWith('/v1/pop') ? idOf({ uidl: 'a', occurrence: null }) : '1.1';
  });

async function callWith(
  { path, method, query = '', call = {} }: (typeof cases)[number][1],
  access: Parameters<typeof sealedFor>[1],
) {
  const caller = server.caller(path.startsWith('/v1/pop') ? 'pop3' : 'imap');
  const token = await sealedFor(caller, access);
  const before = server.connections;
  const made = typeof call === 'function' ? await call(caller) : call;
  const response = await postern.call(null, pathOf(path) + query, bearing(token, { ...made, method }));
  const { type, scope } = z.object({ type: z.string(), scope: z.string().optional() }).parse(await response.json());
  return { status: response.status, type, scope, dialled: server.connections - before };
}

it('is known of every operation that takes a capsule what it needs', () => {
  expect(operations.map(({ operationId }) => operationId).sort()).toEqual(Object.keys(needs).sort());
});

it.each(cases)(
  '%s is refused to a capsule that allows all but what it needs, and nothing is dialled',
  async (_id, operation) => {
    const others = scopes.filter((scope) => scope !== operation.scope);
    expect(await callWith(operation, { access: { scopes: others } })).toEqual({
      status: 403,
      type: '/problems/scope-missing',
      scope: operation.scope,
      dialled: 0,
    });
  },
);

it.each(cases)('%s is allowed to a capsule that allows nothing else', async (_id, operation) => {
  const { scope, besides = scope } = operation;
  const { status, dialled } = await callWith(operation, { access: { scopes: [scope, besides] } });
  // As far as the mail server, which is none.
  expect(status).toBe(502);
  expect(dialled).toBeGreaterThan(0);
});

it.each(cases.filter(([, { ofAccount }]) => ofAccount))(
  '%s is nothing for a capsule of some mailboxes',
  async (_id, operation) => {
    expect(await callWith(operation, { access: { mailboxes: ['inbox'] } })).toMatchObject({
      status: 403,
      type: '/problems/mailbox-not-granted',
      dialled: 0,
    });
  },
);

describe('a consolidation', () => {
  const fieldsOf = async (protocol: 'imap' | 'pop3', allowed: readonly Scope[]) => ({
    token: await sealedFor(server.caller(protocol), { access: { scopes: allowed } }),
  });
  const bodyOf = async (from: readonly Scope[], into: readonly Scope[]) => ({
    from: [await fieldsOf('pop3', scopes), await fieldsOf('pop3', from)],
    into: { ...(await fieldsOf('imap', into)), mailboxId: 'inbox' },
  });

  it.each<[string, Scope, readonly Scope[], readonly Scope[], object]>([
    ['from.1.token', 'read', ['modify', 'delete', 'subscribe'], scopes, {}],
    ['from.1.token', 'delete', ['read', 'modify', 'subscribe'], scopes, {}],
    ['from.1.token', 'read', ['modify', 'delete', 'subscribe'], scopes, { keep: true }],
    ['into.token', 'modify', scopes, ['read', 'delete', 'subscribe'], {}],
  ])('needs of %s that it allows to %s', async (field, scope, from, into, options) => {
    const before = server.connections;
    const body = { ...(await bodyOf(from, into)), ...options };
    const problem = await postern.problem('scope-missing', null, consolidations, { body });
    expect(problem).toMatchObject({ field, scope });
    expect(server.connections).toBe(before);
  });

  it('that leaves everything where it is needs nothing that deletes', async () => {
    const before = server.connections;
    const response = await postern.call(null, consolidations, {
      body: { ...(await bodyOf(['read'], ['modify'])), keep: true },
    });
    expect(response.status, await response.text()).toBe(502);
    expect(server.connections).toBeGreaterThan(before);
  });
});

it('makes no capsule of an account that the capsule does not hold', async () => {
  const token = await sealedFor(server.caller('imap'), { access: { scopes: ['read'] } });
  const body = { token, scopes: ['read', 'modify'] };
  const before = server.connections;
  expect(await postern.problem('access-too-wide', null, accounts, { body })).toMatchObject({ member: 'scopes' });
  expect(server.connections).toBe(before);
});
