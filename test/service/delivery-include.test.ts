/**
 * What do receivers get of a message, and what can they do with it?
 *
 * Over HTTP from end to end: what was asked for is in the event, and its links and its capsule lead to the rest.
 */
import { Buffer } from 'node:buffer';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { eventBodies } from '../../src/watch/schema/event-body.ts';
import { knownParts, withFiles } from '../support/imap-letters.ts';
import { letter } from '../support/mail.ts';
import type { Caller } from '../support/postern.ts';
import { bodyJson } from '../support/receiver.ts';
import { accepting, after, answering } from '../support/receiver-behaviour.ts';
import { subscriptionsPath, watchStage } from '../support/watch-stage.ts';

const stage = watchStage();
const all = { text: true, html: true, headers: true, attachments: true, raw: true, capsule: true };
const Deliveries = z.looseObject({
  deliveries: z.array(z.looseObject({ id: z.string(), status: z.string(), attempts: z.array(z.looseObject({})) })),
});

/** The next event that comes, which is signed and as the contract says. */
async function received() {
  const next = await stage.receiver.next();
  expect(next.faults).toEqual([]);
  return { id: next.id, ...eventBodies['message.received'].parse(bodyJson(next)) };
}

it.each(['imap', 'pop3'] as const)(
  'holds what was asked for, and its links and its capsule lead to the rest (%s)',
  async (protocol) => {
    const caller = await stage.caller(protocol);
    await stage.subscribe(caller, { include: all });
    await stage.deliver(caller, 'INBOX', withFiles);
    const { data } = await received();
    const { message, access } = data;
    expect(data).not.toHaveProperty('leftOut');
    expect(message).toMatchObject({ text: expect.stringContaining('Grüße'), html: expect.stringContaining('<p>') });
    expect(message.headers).toContainEqual(expect.objectContaining({ name: 'In-Reply-To' }));
    const raw = Buffer.from(message.raw ?? '', 'base64');
    const bearer: Caller = { ...caller, token: access?.token ?? '' };
    const at = async (url: string | undefined) => {
      expect(url).toMatch(new RegExp(`^${stage.postern.url}/v1/`));
      expect(url).not.toContain('pstn_');
      const answer = await stage.postern.call(bearer, (url ?? '').slice(stage.postern.url.length));
      expect(answer.status).toBe(200);
      return Buffer.from(await answer.arrayBuffer());
    };
    expect((await at(message.rawUrl)).equals(raw)).toBe(true);
    expect(JSON.parse((await at(message.url)).toString())).toMatchObject({ id: message.id, text: message.text });
    const [known] = knownParts;
    const part = message.attachments?.find(({ name }) => name === known?.name);
    expect((await at(part?.url)).equals(Buffer.from(known?.bytes ?? []))).toBe(true);
    await stage.postern.problem('scope-missing', bearer, subscriptionsPath);
  },
);

it('a message that is gone by the time that its event is sent again is told as it was', async () => {
  const caller = await stage.caller('imap');
  const isGone = Promise.withResolvers<void>();
  let calls = 0;
  stage.receiver.behave(() => (++calls === 1 ? after(isGone.promise, answering(500)) : accepting));
  await stage.subscribe(caller, { include: { text: true } });
  await stage.deliver(caller, 'INBOX', letter('gone'));
  const first = await received();
  const program = await stage.program(caller);
  expect(first.data).toMatchObject({ message: { text: expect.stringContaining('This is gone.') } });
  await program.expunge(Number(first.data.message.id.split('.')[1]));
  isGone.resolve();
  const again = await received();
  expect(again.id).toBe(first.id);
  const { text: _text, isTextDerived: _derived, isTruncated: _cut, ...rest } = first.data.message;
  const { isSigned: _signed, isEncrypted: _encrypted, isEncodingProblem: _problem, ...summary } = rest;
  expect(again.data).toMatchObject({ isMessageGone: true });
  expect(again.data.message).toEqual(summary);
});

it('an event that is sent once more has its message as it is now', async () => {
  const caller = await stage.caller('imap');
  const { id } = await stage.subscribe(caller);
  await stage.deliver(caller, 'INBOX', letter('again'));
  const first = await received();
  expect(first.data.message).toMatchObject({ keywords: {} });
  const program = await stage.program(caller);
  await program.command('UID STORE 1:* +FLAGS (\\Flagged)');
  const path = `${subscriptionsPath}/${id}/deliveries`;
  const { deliveries } = await stage.postern.json(Deliveries, caller, path);
  const answer = await stage.postern.call(caller, `${path}/${deliveries[0]?.id}/replay`, { method: 'POST' });
  expect(answer.ok).toBe(true);
  const again = await received();
  expect([again.id, again.timestamp]).toEqual([first.id, first.timestamp]);
  expect(again.data.message).toMatchObject({ keywords: { $flagged: true } });
});
