/**
 * A server that lets nobody in again so soon (LOGIN-DELAY, RFC 2449 §6.5), or while another has the maildrop: how often is it
 * asked, and what is said?
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MaildropEmailSchema, MaildropPageSchema } from '../../src/maildrop/schema/message.ts';
import { aged, pruned, prunePath } from '../support/pop-aged.ts';
import { instead, type PopServer, withPopServer } from '../support/pop-script.ts';
import { type Postern, startPostern } from '../support/postern.ts';

let postern: Postern;
beforeAll(async () => {
  postern = await startPostern({});
});
afterAll(() => postern.stop());

const list = '/v1/pop/messages';
const messages = [30, 1].map((day) => ({ uidl: `d${day}`, bytes: aged(`${day}`, { received: day }) }));
const logins = ({ commands }: PopServer) => commands.filter((command) => command.startsWith('PASS')).length;

/** Once somebody was let in, nobody is for as long as a test takes. */
function withDelay(use: (server: PopServer) => Promise<void>): Promise<void> {
  let isFirst = true;
  const answer = (command: string): string | undefined => {
    if (!command.startsWith('PASS') || isFirst) {
      isFirst &&= !command.startsWith('PASS');
      return undefined;
    }
    return '-ERR [LOGIN-DELAY] not so soon\r\n';
  };
  return withPopServer({ messages, answer, capabilities: ['USER', 'TOP', 'UIDL', 'LOGIN-DELAY 240 USER'] }, use);
}

describe('where logins are to be far between', () => {
  it('lists and reads in one session, with one login', async () => {
    await withDelay(async (server) => {
      const page = await postern.json(MaildropPageSchema, server.caller(), `${list}?headers=true`);
      for (const { id } of page.messages) await postern.json(MaildropEmailSchema, server.caller(), `${list}/${id}`);
      expect(logins(server)).toBe(1);
    });
  });

  it('prunes with one login', async () => {
    await withDelay(async (server) => {
      expect(await pruned(postern, server.caller(), { olderThanDays: 7 })).toMatchObject({ deleted: 1, kept: 1 });
      expect(logins(server)).toBe(1);
    });
  });

  it('tells when to come again, asks once for each call, and changes nothing', async () => {
    await withDelay(async (server) => {
      await postern.json(MaildropPageSchema, server.caller(), list);
      for (const [path, call] of [
        [list, {}],
        ['/v1/pop/downloads', { body: {} }],
        [prunePath, { body: { keepNewest: 1 } }],
      ] as const) {
        const before = logins(server);
        const response = await postern.call(server.caller(), path, call);
        expect([response.status, response.headers.get('retry-after')]).toEqual([503, '240']);
        expect(await response.json()).toMatchObject({
          type: '/problems/login-unavailable',
          responseCode: 'LOGIN-DELAY',
          retryAfterSeconds: 240,
        });
        expect(logins(server) - before).toBe(1);
      }
      expect(server.messages).toHaveLength(2);
    });
  });
});

it('says that the maildrop is locked, and when to try again, when it should be pruned', async () => {
  await withPopServer({ messages, answer: instead('PASS', '-ERR [IN-USE] taken\r\n') }, async (server) => {
    const response = await postern.call(server.caller(), prunePath, { body: { keepNewest: 1 } });
    expect([response.status, response.headers.get('retry-after')]).toEqual([409, '10']);
    expect(await response.json()).toMatchObject({ type: '/problems/maildrop-locked' });
    expect([logins(server), server.messages.length]).toEqual([1, 2]);
  });
});
