/**
 * Does a session, warm or not, serve nobody but the one who can open it?
 */
import { describe, expect, it } from 'vitest';
import { MaildropPageSchema } from '../../src/maildrop/schema/message.ts';
import { canariesIn } from '../support/canary.ts';
import { letter } from '../support/mail.ts';
import { popStage } from '../support/pop-stage.ts';
import type { Caller } from '../support/postern.ts';

const stage = popStage();
const list = '/v1/pop/messages?headers=true';

const impostor = (caller: Caller): Caller => ({ ...caller, password: `${caller.password}x` });

async function pathsOf(caller: Caller): Promise<string[]> {
  const { messages } = await stage.postern.json(MaildropPageSchema, caller, list);
  const [path = 'none'] = messages.map(({ id }) => `/v1/pop/messages/${id}`);
  return [list, path, `${path}/raw`, `${path}/parts/1`];
}

async function answerTo(caller: Caller, path: string): Promise<{ status: number; text: string }> {
  const response = await stage.postern.call(caller, path);
  return { status: response.status, text: await response.text() };
}

// At once, since Dovecot lets each refusal wait for half a second.
describe.concurrent('an account', () => {
  it('refuses a wrong password after a right one, whatever is asked for, and shows nothing', async () => {
    const caller = await stage.callerWith([letter('private')]);
    const paths = await pathsOf(caller);
    for (const path of paths) {
      // The right one each time, so that there is a warm session to be reached.
      expect((await answerTo(caller, paths[1] ?? '')).status).toBe(200);
      const problem = await stage.postern.problem('login-refused', impostor(caller), path);
      expect(problem.status).toBe(401);
    }
  });

  it('refuses a wrong password for deleting, and deletes nothing', async () => {
    const caller = await stage.callerWith([letter('safe')]);
    const [, path = ''] = await pathsOf(caller);
    await stage.postern.problem('login-refused', impostor(caller), path, { method: 'DELETE' });
    await stage.postern.problem('login-refused', impostor(caller), '/v1/pop/downloads', { body: {} });
    expect((await stage.postern.json(MaildropPageSchema, caller, list)).total).toBe(1);
  });

  it('says what kind of credential it wants when the server refuses one', async () => {
    const caller = await stage.callerWith([]);
    const response = await stage.postern.call(impostor(caller), list);
    expect([response.status, response.headers.get('www-authenticate')]).toEqual([
      401,
      'Basic realm="mail account", charset="UTF-8"',
    ]);
  });

  it('answers 20 right and 20 wrong passwords at once, each as it deserves', async () => {
    const caller = await stage.callerWith([letter('contested')]);
    const paths = await pathsOf(caller);
    const answers = await Promise.all(
      Array.from({ length: 40 }, async (_, index) => {
        const isRight = index % 2 === 0;
        const path = paths[Math.floor(index / 2) % paths.length] ?? '';
        return { isRight, ...(await answerTo(isRight ? caller : impostor(caller), path)) };
      }),
    );
    for (const { isRight, status, text } of answers) {
      expect(status).toBe(isRight ? 200 : 401);
      if (!isRight) expect([canariesIn(text), text.includes('contested')]).toEqual([[], false]);
      else expect(text).toMatch(/contested/);
    }
  });

  it('lets a changed password in and the old one no longer', async () => {
    const caller = await stage.callerWith([letter('changed')]);
    await pathsOf(caller);
    const changed = { ...caller, password: `${caller.password}-new` };
    await stage.host.dovecot.setPassword(caller.user, changed.password);
    expect((await answerTo(changed, list)).status).toBe(200);
    await stage.postern.problem('login-refused', caller, list);
    expect((await answerTo(changed, list)).status).toBe(200);
  });

  it('never shows one account the mail of another, 20 calls of each at once', async () => {
    const callers = await Promise.all(['alpha', 'bravo'].map((name) => stage.callerWith([letter(`of-${name}`)])));
    const paths = await Promise.all(callers.map(pathsOf));
    await Promise.all(
      Array.from({ length: 40 }, async (_, index) => {
        const whose = index % 2;
        const path = paths[whose]?.[Math.floor(index / 2) % 4] ?? '';
        const { status, text } = await answerTo(callers[whose] ?? expect.fail(), path);
        expect(status).toBe(200);
        expect([/of-alpha/.test(text), /of-bravo/.test(text)]).toEqual([whose === 0, whose === 1]);
      }),
    );
  });

  it('has no message of another account under its id', async () => {
    const [owner, other] = await Promise.all([
      stage.callerWith([letter('owned')]),
      stage.callerWith([letter('other')]),
    ]);
    const [, path = ''] = await pathsOf(owner);
    const { text } = await answerTo(other, path);
    expect(text).not.toMatch(/owned/);
  });
});
