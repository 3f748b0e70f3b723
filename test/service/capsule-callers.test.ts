/**
 * Does an operator's key bound what is sealed with it, and what is done with a capsule that was sealed with another?
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MintedCapsuleSchema } from '../../src/account/schema.ts';
import { scopes } from '../../src/core/access.ts';
import { apiKeys, newKey } from '../support/api-keys.ts';
import { accounts, bearing, sealedFor } from '../support/capsules.ts';
import { accountOf, consolidations } from '../support/consolidation.ts';
import { type ImapServer, startImapServer } from '../support/imap-script.ts';
import { messagesPath } from '../support/imap-stage.ts';
import { letter } from '../support/mail.ts';
import { type Call, type Postern, startPostern } from '../support/postern.ts';

const keys = { all: newKey(), reader: newKey(), elsewhere: newKey(), subscriber: newKey() };
const message = `${messagesPath('inbox')}/1000.1`;

let postern: Postern;
let server: ImapServer;
beforeAll(async () => {
  postern = await startPostern({
    variables: {
      API_KEYS: apiKeys(
        { key: keys.all, label: 'all' },
        { key: keys.reader, label: 'reader', scopes: ['read'] },
        { key: keys.elsewhere, label: 'elsewhere', servers: ['*.example.com'] },
        { key: keys.subscriber, label: 'subscriber', scopes: ['subscribe'] },
      ),
    },
  });
  server = await startImapServer({ messages: [letter('1')] });
});
afterAll(async () => {
  await server.stop();
  await postern.stop();
});

const withKey = (key: string, call: Call = {}): Call => ({ ...call, headers: { ...call.headers, 'X-API-Key': key } });
const minted = (key: string, body: object) =>
  postern.json(MintedCapsuleSchema, null, accounts, withKey(key, { body: { ...accountOf(server.caller()), ...body } }));
const exchanged = (key: string, body: object) =>
  postern.json(MintedCapsuleSchema, null, accounts, withKey(key, { body }));

/** The answer is this problem, and nothing was dialled for it. */
async function refused(kind: string, path: string, call: Call, members: object): Promise<void> {
  const before = server.connections;
  expect(await postern.problem(kind, null, path, call)).toMatchObject(members);
  expect(server.connections).toBe(before);
}

describe('what is sealed with a key', () => {
  it('allows no more than the key does, when nothing is said', async () => {
    expect((await minted(keys.reader, {})).access.scopes).toEqual(['read']);
    expect((await minted(keys.all, {})).access.scopes).toEqual(scopes);
  });

  it('is nothing when more is asked for', async () => {
    const body = { ...accountOf(server.caller()), scopes: ['read', 'delete'] };
    await refused('caller-forbidden', accounts, withKey(keys.reader, { body }), { reason: 'scope' });
  });

  it('is a lesser capsule also out of one that was sealed with another', async () => {
    const { token } = await minted(keys.all, {});
    expect((await exchanged(keys.reader, { token })).access.scopes).toEqual(['read']);
    const body = { token, scopes: ['modify'] };
    await refused('caller-forbidden', accounts, withKey(keys.reader, { body }), { reason: 'scope' });
  });

  it('is nothing where key and capsule have nothing in common', async () => {
    const token = await sealedFor(server.caller(), { access: { scopes: ['read'] } });
    await refused('caller-forbidden', accounts, withKey(keys.subscriber, { body: { token } }), { reason: 'scope' });
  });

  it('is for no server but those that the key is for', async () => {
    const token = await sealedFor(server.caller());
    for (const body of [accountOf(server.caller()), { token }]) {
      await refused('caller-forbidden', accounts, withKey(keys.elsewhere, { body }), { reason: 'server' });
    }
  });
});

describe('a capsule', () => {
  it('is nothing without a key, where there is need of one', async () => {
    const token = await sealedFor(server.caller());
    await refused('caller-unknown', message, bearing(token), { reason: 'missing' });
    await refused('caller-unknown', accounts, { body: { token } }, { reason: 'missing' });
  });

  it('allows with another key no more than that key does', async () => {
    const call = bearing(await sealedFor(server.caller()), { method: 'DELETE' });
    await refused('caller-forbidden', message, withKey(keys.reader, call), { reason: 'scope' });
    await refused('caller-forbidden', message, withKey(keys.elsewhere, call), { reason: 'server' });
  });

  it('allows no more than that key does where the body says what is done', async () => {
    const body = { ids: ['1000.1'], delete: 'permanent' };
    const call = bearing(await sealedFor(server.caller()), { body });
    await refused('caller-forbidden', `${messagesPath('inbox')}/batch`, withKey(keys.reader, call), {
      reason: 'scope',
    });
  });

  it('that a lesser key has sealed does not grow with a greater one', async () => {
    const { token } = await minted(keys.reader, {});
    const call = withKey(keys.all, bearing(token, { method: 'DELETE' }));
    await refused('scope-missing', message, call, { scope: 'delete' });
    const body = { token, scopes: ['read', 'delete'] };
    await refused('access-too-wide', accounts, withKey(keys.all, { body }), { member: 'scopes' });
  });

  it('in a body is bounded by the key as well', async () => {
    const { user, password, mailServer } = server.caller();
    const token = await sealedFor({ user: `${user}.pop`, password, mailServer: mailServer.replace('imap', 'pop3') });
    const into = { token: await sealedFor(server.caller()), mailboxId: 'inbox' };
    const body = { from: [{ token }], into };
    await refused('caller-forbidden', consolidations, withKey(keys.reader, { body }), { reason: 'scope' });
    await refused('caller-forbidden', consolidations, withKey(keys.elsewhere, { body }), { reason: 'server' });
  });
});
