/**
 * A server that gives a maildrop to one session at a time (RFC 1939 §4): do we lock ourselves out, and what is said when
 * somebody else has it?
 */
import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { AcknowledgedSchema } from '../../src/maildrop/schema/download.ts';
import { MaildropEmailSchema, MaildropPageSchema } from '../../src/maildrop/schema/message.ts';
import { letter } from '../support/mail.ts';
import { digestsIn } from '../support/maildir.ts';
import { downloaded } from '../support/pop-client.ts';
import { type AnswerTo, startPopServer } from '../support/pop-script.ts';
import { popStage } from '../support/pop-stage.ts';
import type { Caller } from '../support/postern.ts';

const stage = popStage({ extraConfig: 'pop3_lock_session = yes' });

describe.concurrent('where a session locks the maildrop', () => {
  it('lists, reads, lists, downloads, acknowledges and deletes in quick succession', async ({ expect }) => {
    const caller = await stage.callerWith([letter('one'), letter('two'), letter('three')]);
    const { postern } = stage;
    const { messages } = await postern.json(MaildropPageSchema, caller, '/v1/pop/messages');
    await postern.json(MaildropEmailSchema, caller, `/v1/pop/messages/${messages[0]?.id}`);
    await postern.json(MaildropPageSchema, caller, '/v1/pop/messages?headers=true');
    const { receipt } = await downloaded(postern, caller, { limit: 2 });
    const body = { receipt: receipt?.receipt };
    const answer = await postern.json(AcknowledgedSchema, caller, '/v1/pop/downloads/ack', { body });
    expect(answer).toEqual({ deleted: 2, alreadyGone: 0, notDeleted: [] });
    const path = `/v1/pop/messages/${messages[2]?.id}`;
    expect((await postern.call(caller, path, { method: 'DELETE' })).status).toBe(204);
    expect((await postern.json(MaildropPageSchema, caller, '/v1/pop/messages')).total).toBe(0);
  });

  it('answers ten requests at once, one after the other', async ({ expect }) => {
    const caller = await stage.callerWith([letter('shared')]);
    const pages = await Promise.all(
      Array.from({ length: 10 }, () => stage.postern.json(MaildropPageSchema, caller, '/v1/pop/messages')),
    );
    expect(pages.map(({ total }) => total)).toEqual(Array.from({ length: 10 }, () => 1));
  });

  it('says that the maildrop is locked, and when to try again, while somebody else has it', async ({ expect }) => {
    const caller = await stage.callerWith([letter('kept')]);
    const somebodyElse = await session(caller);
    const response = await stage.postern.call(caller, '/v1/pop/messages');
    expect([response.status, response.headers.get('retry-after')]).toEqual([409, '10']);
    expect(await response.json()).toMatchObject({ type: '/problems/maildrop-locked', retryAfterSeconds: 10 });
    somebodyElse.destroy();
    await once(somebodyElse, 'close');
    expect(await digestsIn(stage.host.dovecot.maildir(caller.user))).toHaveLength(1);
  });
});

it('opens the maildrop as soon as somebody else has left it', async () => {
  const caller = await stage.callerWith([letter('freed')]);
  const somebodyElse = await session(caller);
  somebodyElse.end('QUIT\r\n');
  await once(somebodyElse.resume(), 'close');
  expect((await stage.postern.json(MaildropPageSchema, caller, '/v1/pop/messages')).total).toBe(1);
});

describe.concurrent('where the server says at once that the maildrop is locked', () => {
  /** Locked for the logins with these numbers, counted from 1. */
  const lockedFor = (isLocked: (login: number) => boolean): AnswerTo => {
    let login = 0;
    return (command) => {
      if (!command.startsWith('PASS')) return undefined;
      login += 1;
      return isLocked(login) ? '-ERR [IN-USE] locked by another session\r\n' : undefined;
    };
  };

  it('waits until the server has noticed that our last session is over', async ({ expect }) => {
    const server = await startPopServer({ answer: lockedFor((login) => login === 2 || login === 3) });
    await stage.postern.json(MaildropPageSchema, server.caller(), '/v1/pop/messages');
    await stage.postern.json(MaildropPageSchema, server.caller(), '/v1/pop/messages');
    expect(server.connections).toBe(4);
    await server.stop();
  });

  it('does not wait for ever', async ({ expect }) => {
    const server = await startPopServer({ answer: lockedFor((login) => login > 1) });
    await stage.postern.json(MaildropPageSchema, server.caller(), '/v1/pop/messages');
    const start = Date.now();
    await stage.postern.problem('maildrop-locked', server.caller(), '/v1/pop/messages');
    expect(Date.now() - start).toBeLessThan(8000);
    await server.stop();
  });

  it('tries once only when no session of ours can have been it', async ({ expect }) => {
    const server = await startPopServer({ answer: lockedFor(() => true) });
    await stage.postern.problem('maildrop-locked', server.caller(), '/v1/pop/messages');
    expect(server.connections).toBe(1);
    await server.stop();
  });
});

/** A program with a session of its own, logged in. */
async function session({ user, password }: Caller) {
  const socket = connect(stage.host.dovecot.ports.pop3, '127.0.0.1');
  socket.setEncoding('latin1');
  await once(socket, 'data');
  for (const line of [`USER ${user}`, `PASS ${password}`]) {
    socket.write(`${line}\r\n`);
    const [answer]: unknown[] = await once(socket, 'data');
    expect(answer).toMatch(/^\+OK/);
  }
  return socket;
}
