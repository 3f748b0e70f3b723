/**
 * A subscription lives through whatever can go wrong: does its receiver get every message, and nothing else?
 *
 * Messages come from a mail program while Postern is killed, its connections are cut and the receiver fails. Old messages are there
 * before, and others are put in among the new ones.
 */
import { expect } from 'vitest';
import { z } from 'zod';
import { startDovecot } from '../../scripts/mail-server/dovecot.ts';
import { EventBodySchema } from '../../src/watch/schema/event-body.ts';
import { canaryPassword } from './canary.ts';
import { mailProgram } from './imap-client.ts';
import { startLink } from './kill-link.ts';
import { type Caller, type Postern, startPostern } from './postern.ts';
import { seeded } from './random.ts';
import { bodyJson, type Received, type Receiver, startReceiver } from './receiver.ts';
import { failingAThird, faultsOf, strickenOf } from './watch-faults.ts';
import { WatchedMail } from './watch-mail.ts';
import { quickTimes, subscriptionsPath } from './watch-stage.ts';

export interface Campaign {
  readonly protocol: 'imap' | 'pop3';
  readonly seed: number;
  /** That come while it goes on. */
  readonly messages: number;
  readonly kills: number;
  readonly cuts: number;
  /** Whether each message is read once more when it is sent. */
  readonly isReadWhenSent: boolean;
}

export interface Outcome {
  readonly requests: number;
  /** Requests that brought what had been brought before, accepted or not. */
  readonly again: number;
  /** Accepted more than once: the answer was lost. */
  readonly acceptedAgain: number;
  /** Faults that happened at their moment. */
  readonly atMoment: number;
  readonly elapsedMs: number;
}

/** From one request to the next, while something is missing. */
const settleMs = 90_000;
const watched = { imap: ['INBOX', 'Work', 'Lists'], pop3: ['INBOX'] } as const;

export async function watchThrough(campaign: Campaign): Promise<Outcome> {
  // Each has a sequence of its own, so that what one of them does next does not depend on how fast the others are.
  const { protocol, seed } = campaign;
  const startMs = performance.now();
  const account = { user: 'kills@postern.example', password: `${canaryPassword}-kills` };
  const dovecot = await startDovecot({ users: [account] });
  const link = await startLink(() => dovecot.ports[protocol]);
  const receiver = await startReceiver();
  // A third of all attempts fails, so that the sixteen of `quickTimes` do so in a row once in 43 million.
  const postern = await startPostern({ variables: quickTimes });
  const caller: Caller = { ...account, mailServer: `${protocol}://127.0.0.1:${link.port}?security=none` };
  const reading = await mailProgram(dovecot, caller);
  try {
    await dovecot.createMailboxes(account.user, ['Work', 'Lists', 'Old']);
    const mail = new WatchedMail(reading, seeded(seed + 1), watched[protocol]);
    await mail.putOld(protocol === 'imap' ? ['INBOX', 'Work', 'Old'] : ['INBOX']);
    const id = await subscribed(postern, caller, receiver, campaign.isReadWhenSent);
    const world = { postern, link, receiver, behaviourOf: failingAThird(seeded(seed + 2)) };
    const atMoment = await endure(campaign, mail, strickenOf(world), () => looksOf(postern));
    await arrival(receiver.received, mail.fresh, () => receiver.next(() => true, settleMs));
    // Whatever is still on its way is nothing new.
    await expectSettled(postern, caller, id);
    return { ...judged(receiver.received, mail), atMoment, elapsedMs: Math.round(performance.now() - startMs) };
  } finally {
    reading.close();
    await receiver.stop();
    await link.stop();
    await dovecot.stop();
    await postern.stop();
  }
}

/** Faults and messages by turns; answers how many faults met their moment. */
async function endure(
  { messages, kills, cuts, seed }: Campaign,
  mail: WatchedMail,
  stricken: ReturnType<typeof strickenOf>,
  looks: () => number,
): Promise<number> {
  const faults = faultsOf(seeded(seed), kills, cuts);
  let atMoment = 0;
  for (const [index, fault] of faults.entries()) {
    const striking = stricken.strike(fault);
    const until = Math.round((messages * (index + 1)) / faults.length);
    while (mail.fresh.length < until) await mail.put();
    const wasAtMoment = await striking;
    if (wasAtMoment) atMoment += 1;
    if (fault.what === 'kill') continue;
    expect(wasAtMoment, 'there was a connection to be cut').toBe(true);
    // A server that is lost again and again is asked less and less often; in the end one would wait for nothing else.
    const before = looks();
    await expect.poll(looks, { timeout: 60_000, interval: 20 }).toBeGreaterThan(before);
  }
  return atMoment;
}

/** Those that ended well. */
const looksOf = ({ log }: Postern): number => log.filter((line) => line.includes('"watch.looked"')).length;

async function subscribed(
  postern: Postern,
  caller: Caller,
  receiver: Receiver,
  isReadWhenSent: boolean,
): Promise<string> {
  const Mailboxes = z.object({ mailboxes: z.array(z.object({ id: z.string(), name: z.string() })) });
  const isImap = caller.mailServer.startsWith('imap');
  const ids = isImap
    ? (await postern.json(Mailboxes, caller, '/v1/imap/mailboxes')).mailboxes
        .filter(({ name }) => watched.imap.some((one) => one === name))
        .map(({ id }) => id)
    : [];
  expect(ids).toHaveLength(isImap ? watched.imap.length : 0);
  const body = {
    url: receiver.url(),
    secret: receiver.secret,
    pollSeconds: 1,
    include: { text: isReadWhenSent },
    ...(isImap ? { mailboxes: ids } : {}),
  };
  return (await postern.json(z.looseObject({ id: z.string() }), caller, subscriptionsPath, { body })).id;
}

function labelOf(received: Received): string {
  const body = EventBodySchema.parse(bodyJson(received));
  if (body.type !== 'message.received') throw new Error(`nobody asked for ${body.type}`);
  return (body.data.message.subject ?? '').split(' ').at(-1) ?? '';
}

/** When all that came was accepted once. */
async function arrival(
  received: readonly Received[],
  fresh: readonly string[],
  next: () => Promise<Received>,
): Promise<void> {
  const missing = new Set(fresh);
  let seen = 0;
  for (;;) {
    for (; seen < received.length; seen++) {
      const one = received[seen];
      if (one?.behaviour.isAcceptance && (await one.done) === 'answered') missing.delete(labelOf(one));
    }
    if (missing.size === 0) return;
    await next();
  }
}

async function expectSettled(postern: Postern, caller: Caller, id: string): Promise<void> {
  const Counted = z.looseObject({ status: z.string(), pending: z.int(), dead: z.int() });
  const told = () => postern.json(Counted, caller, `${subscriptionsPath}/${id}`);
  await expect.poll(told, { timeout: 60_000, interval: 500 }).toMatchObject({ status: 'active', pending: 0, dead: 0 });
}

function judged(received: readonly Received[], mail: WatchedMail): Omit<Outcome, 'atMoment' | 'elapsedMs'> {
  const ids = new Map<string, Set<string>>();
  const labels = new Map<string, Set<string>>();
  const accepted: string[] = [];
  for (const one of received) {
    expect(one.faults).toEqual([]);
    const label = labelOf(one);
    (ids.get(label) ?? ids.set(label, new Set()).get(label))?.add(one.id);
    (labels.get(one.id) ?? labels.set(one.id, new Set()).get(one.id))?.add(label);
    if (one.behaviour.isAcceptance) accepted.push(label);
  }
  const more = (sets: ReadonlyMap<string, ReadonlySet<string>>) => [...sets].filter(([, { size }]) => size !== 1);
  expect(more(ids), 'messages that came under several ids').toEqual([]);
  expect(more(labels), 'ids that several messages came under').toEqual([]);
  expect(
    mail.old.filter((label) => ids.has(label)),
    'old messages that were told',
  ).toEqual([]);
  expect(
    mail.fresh.filter((label) => !ids.has(label)),
    'messages that were not told',
  ).toEqual([]);
  expect([...ids.keys()].length, 'messages that were told').toBe(mail.fresh.length);
  return {
    requests: received.length,
    again: received.length - ids.size,
    acceptedAgain: accepted.length - new Set(accepted).size,
  };
}
