/**
 * A maildrop that takes several sessions: is every message moved once, what cannot be stored tried once, and what arrives meanwhile
 * left for the next call?
 */
import { Buffer } from 'node:buffer';
import { expect, it } from 'vitest';
import { limits } from '../../src/core/limits.ts';
import { gathered, heldBy } from '../support/consolidation.ts';
import { letter } from '../support/mail.ts';
import { sha256Of } from '../support/maildir.ts';
import { type Spooled, withPopServer } from '../support/pop-script.ts';
import { popStage } from '../support/pop-stage.ts';

const stage = popStage();
const capabilities = ['UIDL', 'TOP', 'PIPELINING'];

const good = Array.from({ length: 2 * limits.handOverMessages + 100 }, (_, index) => ({
  uidl: `good-${index}`,
  bytes: letter(`letter-${index}`),
}));
const bad = ['first', 'second'].map((label) => ({
  uidl: `bad-${label}`,
  bytes: Buffer.concat([letter(label), Buffer.from('\0\r\n')]),
}));
const [firstBad, secondBad] = bad;
const spooled = [firstBad, ...good.slice(0, 600), secondBad, ...good.slice(600)].filter((each) => each !== undefined);
const digestsOf = (messages: readonly Spooled[]): string[] => messages.map(({ bytes }) => sha256Of(bytes)).sort();

it('moves a large maildrop in several sessions, and tries once what cannot be stored', async () => {
  const waiting = [...spooled];
  const late = { uidl: 'late', bytes: letter('late') };
  // Once it is listed for the first time, one more message arrives.
  const answer = (command: string): undefined => {
    if (command === 'RETR 1' && !waiting.includes(late)) waiting.push(late);
  };
  await withPopServer({ messages: waiting, capabilities, answer }, async (server) => {
    const into = await stage.host.caller('imap');
    await stage.deliver(into, letter('there before'));
    const start = performance.now();
    const { end, troubles, of } = await gathered(stage.postern, [server.caller()], into);
    const seconds = (performance.now() - start) / 1000;
    console.log(`${good.length} messages in ${seconds.toFixed(1)} s: ${Math.round(good.length / seconds)} a second`);
    expect(troubles).toEqual(['0: request-invalid', '0: request-invalid']);
    expect(end).toMatchObject({ stored: good.length, deleted: good.length, failed: 2, isComplete: false });
    expect(of('deleted').length).toBeGreaterThanOrEqual(3);
    expect(of('start')).toMatchObject([{ total: spooled.length, count: spooled.length }]);
    expect(of('message').at(-1)).toMatchObject({ index: spooled.length - 1, count: spooled.length });
    expect(server.messages).toEqual([...bad, late]);
    const there = [...digestsOf(good), sha256Of(letter('there before'))].sort();
    expect((await heldBy(stage.host.dovecot, into))[0]).toEqual(there);
  });
});

it('keeps a large maildrop, and its last state knows all that was stored', async () => {
  await withPopServer({ messages: spooled, capabilities }, async (server) => {
    const into = await stage.host.caller('imap');
    const first = await gathered(stage.postern, [server.caller()], into, { keep: true });
    expect(first.end).toMatchObject({ stored: good.length, failed: 2, deleted: 0 });
    const since = [first.of('kept').at(-1)?.state];
    const second = await gathered(stage.postern, [server.caller()], into, { keep: true, since });
    expect(second.of('start')).toMatchObject([{ total: spooled.length, count: 2 }]);
    expect(server.messages).toHaveLength(spooled.length);
    expect((await heldBy(stage.host.dovecot, into))[0]).toEqual(digestsOf(good));
  });
});
