/**
 * Can maildrops be gathered with capsules alone, each for what it is made for and for nothing else?
 */
import { describe, expect, it } from 'vitest';
import { bearing, capsuleFor } from '../support/capsules.ts';
import { accountOf, consolidations, heldBy, linesIn, textOf } from '../support/consolidation.ts';
import { imapStage, messagesPath } from '../support/imap-stage.ts';
import { letter } from '../support/mail.ts';
import type { Caller } from '../support/postern.ts';

const stage = imapStage();

async function maildropWith(...names: readonly string[]): Promise<Caller> {
  const caller = await stage.host.caller('pop3');
  await stage.deliver(caller, 'INBOX', ...names.map((name) => letter(name)));
  return caller;
}

const tokenFor = async (caller: Caller, wish: Parameters<typeof capsuleFor>[2]): Promise<{ token: string }> => ({
  token: (await capsuleFor(stage.postern, caller, wish)).token,
});

describe('a consolidation by capsules', () => {
  it('moves the mail of maildrops into a mailbox, with passwords beside capsules or without any', async () => {
    const [one, two] = [await maildropWith('one'), await maildropWith('two')];
    const into = await stage.callerWith([]);
    const body = {
      from: [await tokenFor(one, { scopes: ['read', 'delete'] }), accountOf(two)],
      into: { ...(await tokenFor(into, { scopes: ['modify'] })), mailboxId: 'inbox' },
    };
    const response = await stage.postern.call(null, consolidations, { body });
    expect(linesIn(await textOf(response)).end).toMatchObject({ stored: 2, deleted: 2, isComplete: true });
    expect((await heldBy(stage.host.dovecot, one, two, into)).map((held) => held.length)).toEqual([0, 0, 2]);
  });

  it('puts nothing into a mailbox that the capsule is not for', async () => {
    const [from, into] = [await maildropWith('one'), await stage.callerWith([])];
    const body = {
      from: [await tokenFor(from, {})],
      into: { ...(await tokenFor(into, { mailboxes: ['trash'] })), mailboxId: 'inbox' },
    };
    const problem = await stage.postern.problem('mailbox-not-granted', null, consolidations, { body });
    expect(problem).toMatchObject({ status: 403, field: 'into.mailboxId' });
    expect((await heldBy(stage.host.dovecot, from, into)).map((held) => held.length)).toEqual([1, 0]);
  });

  it('leaves a copy where it may not delete', async () => {
    const from = await maildropWith('one');
    const into = { ...(await tokenFor(await stage.callerWith([]), {})), mailboxId: 'inbox' };
    const body = { from: [await tokenFor(from, { scopes: ['read'] })], into };
    await stage.postern.problem('scope-missing', null, consolidations, { body });
    const response = await stage.postern.call(null, consolidations, { body: { ...body, keep: true } });
    expect(linesIn(await textOf(response)).end).toMatchObject({ stored: 1, deleted: 0, isComplete: true });
    expect((await heldBy(stage.host.dovecot, from)).map((held) => held.length)).toEqual([1]);
  });

  it('knows a maildrop and a mailbox of one account by what is in the capsules', async () => {
    const from = await maildropWith('one');
    const into = await stage.callerWith([]);
    const { mailServer } = into;
    const body = {
      from: [await tokenFor(from, {}), await tokenFor(from, {})],
      into: { ...(await tokenFor({ ...from, mailServer }, {})), mailboxId: 'inbox' },
    };
    const { errors = [] } = await stage.postern.problem('request-invalid', null, consolidations, { body });
    expect(errors.map(({ field }) => field)).toEqual(['from.0', 'from.1']);
  });

  it('tells a capsule of the other protocol by its field', async () => {
    const [maildrop, mailbox] = [await maildropWith(), await stage.callerWith([])];
    const body = {
      from: [await tokenFor(mailbox, {})],
      into: { ...(await tokenFor(maildrop, {})), mailboxId: 'inbox' },
    };
    const { errors = [] } = await stage.postern.problem('request-invalid', null, consolidations, { body });
    expect(errors.map(({ field }) => field)).toEqual(['from.0.token', 'into.token']);
  });

  it('reads the mail of nobody by an Authorization header', async () => {
    const { token } = await tokenFor(await maildropWith('one'), {});
    await stage.postern.problem('request-invalid', null, consolidations, bearing(token, { body: {} }));
    await stage.postern.problem('protocol-mismatch', null, messagesPath('inbox'), bearing(token));
  });
});
