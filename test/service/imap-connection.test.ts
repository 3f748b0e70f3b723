/**
 * What becomes of a call when its connection, or all of Postern, goes away?
 */
import { Buffer } from 'node:buffer';
import { describe, expect, it } from 'vitest';
import { bigLetter } from '../support/imap-letters.ts';
import { type ImapRelay, type Loss, startImapRelay } from '../support/imap-relay.ts';
import { first, imapStage, messagesPath } from '../support/imap-stage.ts';
import { letter } from '../support/mail.ts';
import type { Caller } from '../support/postern.ts';

const stage = imapStage();
const inbox = messagesPath('inbox');

async function relayed(...messages: readonly Uint8Array[]): Promise<{ relay: ImapRelay; caller: Caller }> {
  const relay = await startImapRelay(stage.host.dovecot.ports.imap);
  return { relay, caller: relay.through(await stage.callerWith(messages)) };
}

/** How a stream ended, and how much of it came. */
async function readThrough(response: Response): Promise<{ bytes: number; ended: 'whole' | 'broken' }> {
  let bytes = 0;
  try {
    for await (const chunk of response.body ?? []) bytes += chunk.length;
    return { bytes, ended: 'whole' };
  } catch {
    return { bytes, ended: 'broken' };
  }
}

describe('a warm session whose connection is gone', () => {
  it.each(['', '/{id}', '/{id}/raw', '/{id}/parts/1'])(
    'is replaced without a word when something is read (%s)',
    async (what) => {
      const { relay, caller } = await relayed(letter('1'));
      const path = first(await stage.paths(caller));
      const target = what === '' ? inbox : what.replace('/{id}', path);
      for (let count = 0; count < 3; count++) {
        relay.cut();
        const response = await stage.postern.call(caller, target);
        expect(response.status).toBe(200);
        expect(await response.text()).toContain('weaver.example'.slice(0, what.endsWith('1') ? 0 : undefined));
      }
      await relay.stop();
    },
  );

  it.each(['unsent', 'unanswered'] as const)('is replaced when it goes at the first command (%s)', async (loss) => {
    const { relay, caller } = await relayed(letter('1'));
    expect((await stage.page(caller)).total).toBe(1);
    relay.loseAt(/^NOOP/, loss);
    expect((await stage.page(caller)).total).toBe(1);
    relay.loseAt(/^FETCH/, loss);
    expect((await stage.page(caller)).total).toBe(1);
    expect(relay.connections).toBe(3);
    await relay.stop();
  });

  it.each([
    ['marking', '', { method: 'PATCH', body: { keywords: { $seen: true } } }, 200],
    ['moving', '', { method: 'PATCH', body: { mailboxId: 'archive' } }, 200],
    ['throwing away', '', { method: 'DELETE' }, 200],
    ['deleting', '?permanent=true', { method: 'DELETE' }, 204],
    ['copying', '/copy', { body: { mailboxId: 'archive' } }, 201],
  ])('is replaced for %s too, as long as the change was not sent', async (_, suffix, options, status) => {
    const { relay, caller } = await relayed(letter('1'));
    const path = first(await stage.paths(caller));
    relay.loseAt(/^NOOP/, 'unanswered');
    expect((await stage.postern.call(caller, path + suffix, options)).status).toBe(status);
    expect(relay.connections).toBe(2);
    await relay.stop();
  });
});

describe('a change whose connection is cut', () => {
  const changes = [
    [
      'PATCH with If-Match',
      { method: 'PATCH', body: { keywords: { $seen: true } }, headers: { 'If-Match': '*' } },
      '',
      /^UID STORE/,
    ],
    ['PATCH into another mailbox', { method: 'PATCH', body: { mailboxId: 'archive' } }, '', /^UID MOVE/],
    ['DELETE', { method: 'DELETE' }, '', /^UID MOVE/],
    ['DELETE ?permanent=true at its mark', { method: 'DELETE' }, '?permanent=true', /^UID STORE/],
    ['DELETE ?permanent=true at its end', { method: 'DELETE' }, '?permanent=true', /^UID EXPUNGE/],
  ] as const;
  const losses = ['unsent', 'unanswered'] as const satisfies readonly Loss[];
  const cases = changes.flatMap((change) => losses.map((loss) => [...change, loss] as const));

  it.each(cases)('(%s) is said to be lost, and is not sent again', async (_, options, query, command, loss) => {
    const { relay, caller } = await relayed(letter('1'), letter('2'));
    const path = first(await stage.paths(caller));
    relay.loseAt(command, loss);
    const problem = await stage.postern.problem('connection-lost', caller, path + query, options);
    expect(problem.status).toBe(502);
    expect(relay.commands.filter((sent) => command.test(sent))).toHaveLength(1);
    const { total } = await stage.page(caller);
    const isGone = loss === 'unanswered' && /MOVE|EXPUNGE/.test(String(command));
    expect(total).toBe(isGone ? 1 : 2);
    await relay.stop();
  });
});

it.each(['unsent', 'unanswered'] as const)(
  'a change of keywords alone, whose connection is cut (%s), is made on another',
  async (loss) => {
    const { relay, caller } = await relayed(letter('1'), letter('2'));
    const path = first(await stage.paths(caller));
    relay.loseAt(/^UID STORE/, loss);
    const options = { method: 'PATCH', body: { keywords: { $seen: true } } };
    const response = await stage.postern.call(caller, path, options);
    expect([response.status, await response.json()]).toMatchObject([
      200,
      { keywords: { $seen: true }, previous: null },
    ]);
    expect(relay.commands.filter((sent) => sent.startsWith('UID STORE'))).toHaveLength(2);
    expect(relay.connections).toBe(2);
    await relay.stop();
  },
);

describe('a download that is cut in the middle', () => {
  it('breaks, and never ends as if it were whole', async () => {
    const { relay, caller } = await relayed(bigLetter(20_000_000));
    const path = first(await stage.paths(caller));
    for (const bytes of [3_000_000, 10_000_000, 19_990_000]) {
      relay.cutAfter(bytes);
      const got = await readThrough(await stage.postern.call(caller, `${path}/raw`));
      expect(got.ended).toBe('broken');
      expect(got.bytes).toBeLessThan(20_000_000);
      expect((await stage.page(caller)).total).toBe(1);
    }
    const whole = await readThrough(await stage.postern.call(caller, `${path}/raw`));
    expect(whole).toEqual({ bytes: bigLetter(20_000_000).length, ended: 'whole' });
    await relay.stop();
  });

  it('of a part breaks as well', async () => {
    const body = Buffer.alloc(9_000_000, 'QUJD').toString().replace(/.{76}/g, '$&\r\n');
    const head = 'Content-Type: application/zip\r\nContent-Transfer-Encoding: base64\r\n\r\n';
    const { relay, caller } = await relayed(Buffer.from(head + body));
    const path = first(await stage.paths(caller));
    relay.cutAfter(5_000_000);
    expect(await readThrough(await stage.postern.call(caller, `${path}/parts/1`))).toMatchObject({ ended: 'broken' });
    expect((await stage.page(caller)).total).toBe(1);
    await relay.stop();
  });

  it('because Postern was killed breaks, and the next call works', async () => {
    const caller = await stage.callerWith([bigLetter(30_000_000)]);
    const path = first(await stage.paths(caller));
    const response = await stage.postern.call(caller, `${path}/raw`);
    const reader = response.body?.getReader();
    expect((await reader?.read())?.done).toBe(false);
    const rest = (async () => {
      while ((await reader?.read())?.done === false);
    })();
    await Promise.all([expect(rest).rejects.toThrow(), stage.postern.crashAndRestart()]);
    expect((await stage.page(caller)).total).toBe(1);
    const whole = await readThrough(await stage.postern.call(caller, `${path}/raw`));
    expect(whole).toEqual({ bytes: bigLetter(30_000_000).length, ended: 'whole' });
  });
});

it('says that a mail server which cannot be reached cannot be reached', async () => {
  const { relay, caller } = await relayed(letter('1'));
  await stage.page(caller);
  await relay.stop();
  const problem = await stage.postern.problem('connect-failed', caller, inbox);
  expect(problem.status).toBe(502);
});
