/**
 * What is wrong with a consolidation, and is it told before anything is dialled, field by field and without a secret?
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { canaryPassword } from '../support/canary.ts';
import { accountOf, consolidations, gathering } from '../support/consolidation.ts';
import { type Caller, type Postern, startPostern } from '../support/postern.ts';

let postern: Postern;
beforeAll(async () => {
  postern = await startPostern({});
});
afterAll(() => postern.stop());

const maildrop: Caller = { user: 'ada', password: canaryPassword, mailServer: 'pop3://127.0.0.1:1?security=none' };
const mailbox: Caller = { user: 'grace', password: canaryPassword, mailServer: 'imap://127.0.0.1:1?security=none' };
const { from, into } = gathering([maildrop], mailbox);
const [first] = from;

const fieldsOf = async (body: unknown): Promise<string[]> => {
  const { errors = [] } = await postern.problem('request-invalid', null, consolidations, { body });
  return errors.map(({ field }) => field);
};

describe('a request', () => {
  it.each<[string, unknown, string[]]>([
    ['nothing', {}, ['from', 'into']],
    ['no maildrop', { from: [], into }, ['from']],
    ['too many', { from: Array.from({ length: 11 }, (_, at) => ({ ...first, user: `${at}` })), into }, ['from']],
    ['an unknown member', { from, into, move: true }, ['move']],
    ['an unknown member of an account', { from: [{ ...first, mailboxId: 'inbox' }], into }, ['from.0.mailboxId']],
    ['a POP3 server to store in', { from, into: { ...into, server: maildrop.mailServer } }, ['into.server']],
    ['an IMAP server to empty', { from: [accountOf(mailbox)], into }, ['from.0.server']],
    ['what is no server', { from: [{ ...first, server: 'pop.example.com' }], into }, ['from.0.server']],
    [
      'a server with a password in it',
      { from: [{ ...first, server: `pop3s://a:${canaryPassword}@b.example` }], into },
      ['from.0.server'],
    ],
    ['no credential', { from: [{ ...first, password: undefined }], into }, ['from.0.password']],
    ['two credentials', { from: [{ ...first, accessToken: canaryPassword }], into }, ['from.0.accessToken']],
    [
      'a password that ends the command',
      { from: [{ ...first, password: `${canaryPassword}\r\nDELE 1` }], into },
      ['from.0.password'],
    ],
    ['a user that nobody has', { from: [{ ...first, user: 'x'.repeat(16_385) }], into }, ['from.0.user']],
    ['a password of another type', { from: [{ ...first, password: [canaryPassword] }], into }, ['from.0.password']],
    ['a user that ends the command', { from: [{ ...first, user: 'a\nb' }], into }, ['from.0.user']],
    ['no mailbox', { from, into: accountOf(mailbox) }, ['into.mailboxId']],
    ['a limit of nothing', { from, into, limit: 0 }, ['limit']],
    ['a state of something else', { from: [{ ...first, since: 'AAAA' }], into }, ['from.0.since']],
    ['a maildrop twice', { from: [first, { ...first, user: 'Ada' }], into }, ['from.1']],
    ['the same account on both sides', { from, into: { ...into, user: 'ada' } }, ['from.0']],
  ])('with %s is refused, and told where', async (_what, body, fields) => {
    expect(await fieldsOf(body)).toEqual(fields);
  });

  it('may keep what is in the same account, where nothing is deleted', async () => {
    await postern.problem('connect-failed', null, consolidations, {
      body: { from, into: { ...into, user: 'ada' }, keep: true },
    });
  });

  it.each([
    [{ from: [{ ...first, server: 'pop3s://10.0.0.1' }], into }],
    [{ from, into: { ...into, server: 'imap://example.com?security=none' } }],
  ])('does not lead where a header may not lead', async (body) => {
    await postern.problem('server-forbidden', null, consolidations, { body });
  });

  it('is JSON', async () => {
    const call = { method: 'POST', bytes: Buffer.from(canaryPassword), headers: { 'Content-Type': 'text/plain' } };
    await postern.problem('media-type-unsupported', null, consolidations, call);
  });
});
