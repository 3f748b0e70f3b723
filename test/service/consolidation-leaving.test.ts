/**
 * A caller that leaves in the middle: is nothing deleted that is not stored, and does the next call bring the rest, each message once?
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { consolidations, gathered, gathering, heldBy, textOf } from '../support/consolidation.ts';
import { letter } from '../support/mail.ts';
import { sha256Of } from '../support/maildir.ts';
import { popStage } from '../support/pop-stage.ts';
import { type Point, type Relay, startRelay } from '../support/relay.ts';

const stage = popStage();
let relay: Relay;
beforeAll(async () => {
  relay = await startRelay(stage.host.dovecot.ports.pop3);
});
afterAll(() => relay.stop());

const letters = ['1', '2', '3', '4'].map((label) => letter(label));
const digests = letters.map(sha256Of).sort();

it.each<Point>([
  { session: 1, verb: 'LIST', nth: 1, at: 'reply' },
  { session: 1, verb: 'RETR', nth: 1, at: 'reply' },
  { session: 1, verb: 'RETR', nth: 3, at: 'middle' },
  { session: 1, verb: 'RETR', nth: 4, at: 'reply' },
  { session: 1, verb: 'DELE', nth: 1, at: 'command' },
  { session: 1, verb: 'DELE', nth: 3, at: 'reply' },
  { session: 1, verb: 'QUIT', nth: 1, at: 'command' },
  { session: 1, verb: 'QUIT', nth: 1, at: 'reply' },
])('at $verb $nth ($at) loses and doubles nothing', async (point) => {
  const direct = await stage.callerWith(letters, 'cleartext');
  const from = { ...direct, mailServer: `pop3://127.0.0.1:${relay.port}?security=none` };
  const into = await stage.host.caller('imap');
  await stage.deliver(into, letter('there before'));
  const leaving = new AbortController();
  const reached = relay.stopAt(point);
  const body = gathering([from], into);
  const text = stage.postern.call(null, consolidations, { body, signal: leaving.signal }).then(textOf);
  await reached;
  leaving.abort();
  await text.catch(() => undefined);
  relay.release();
  await relay.settled();

  const [stored = [], left = []] = await heldBy(stage.host.dovecot, into, from);
  const isLost = (digest: string) => !stored.includes(digest) && !left.includes(digest);
  expect(digests.filter(isLost), 'neither here nor there').toEqual([]);
  // The platform notices that a caller has left when the next line is written, which may be one line too late.
  expect([[], digests], 'all or nothing is deleted').toContainEqual(left);

  const { end } = await gathered(stage.postern, [from], into);
  expect(end).toMatchObject({ failed: 0, isComplete: true });
  const there = [...digests, sha256Of(letter('there before'))].sort();
  expect(await heldBy(stage.host.dovecot, into, from)).toEqual([there, []]);
});
