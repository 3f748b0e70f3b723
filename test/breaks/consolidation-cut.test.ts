/**
 * A consolidation is cut at every stage, on the way to the maildrop and on the way to the mailbox; or Postern is killed there: is every
 * message in one of the two, in the mailbox once, and does the next call bring the rest?
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  consolidations,
  type Gathered,
  gathered,
  gathering,
  heldBy,
  linesIn,
  textOf,
} from '../support/consolidation.ts';
import { type ImapRelay, type Loss, startImapRelay } from '../support/imap-relay.ts';
import { letter } from '../support/mail.ts';
import { sha256Of } from '../support/maildir.ts';
import { flavours } from '../support/pop-points.ts';
import { popStage } from '../support/pop-stage.ts';
import type { Caller } from '../support/postern.ts';
import { type Point, type Relay, startRelay } from '../support/relay.ts';

const letters = ['1', '2', '3'].map((label) => letter(label, `line of ${label}\r\n`.repeat(300)));
const digests = letters.map(sha256Of).sort();
const bystander = letter('there before');

describe.each(flavours)('$name', ({ hidden, login }) => {
  const stage = popStage();
  let relay: Relay;
  let imap: ImapRelay;
  beforeAll(async () => {
    relay = await startRelay(stage.host.dovecot.ports.pop3, hidden);
    imap = await startImapRelay(stage.host.dovecot.ports.imap);
  });
  afterAll(async () => {
    await relay.stop();
    await imap.stop();
  });

  async function accounts(): Promise<readonly [Caller, Caller]> {
    const from = await stage.callerWith(letters, 'cleartext');
    const into = await stage.host.caller('imap', 'cleartext');
    await stage.deliver(into, bystander);
    return [{ ...from, mailServer: `pop3://127.0.0.1:${relay.port}?security=none` }, imap.through(into)];
  }

  /** As much of the answer as comes; a problem is no line. */
  async function attempt(from: Caller, into: Caller): Promise<Gathered | null> {
    const response = await stage.postern
      .call(null, consolidations, { body: gathering([from], into) })
      .catch(() => null);
    return response?.ok === true ? linesIn(await textOf(response)) : null;
  }

  async function expectNothingLost(from: Caller, into: Caller, first: Gathered | null): Promise<void> {
    const [stored = [], left = []] = await heldBy(stage.host.dovecot, into, from);
    expect(new Set(stored).size, 'in the mailbox, each once').toBe(stored.length);
    expect(
      digests.filter((digest) => !stored.includes(digest) && !left.includes(digest)),
      'lost',
    ).toEqual([]);
    const told = first?.of('deleted').reduce((sum, { deleted }) => sum + deleted, 0) ?? 0;
    expect(3 - left.length, 'gone from the maildrop').toBeGreaterThanOrEqual(told);
  }

  async function expectTheRest(from: Caller, into: Caller): Promise<void> {
    const { end, troubles } = await gathered(stage.postern, [from], into);
    expect(troubles).toEqual([]);
    expect(end).toMatchObject({ failed: 0, isComplete: true });
    const there = [...digests, sha256Of(bystander)].sort();
    expect(await heldBy(stage.host.dovecot, into, from)).toEqual([there, []]);
  }

  const at = (verb: string, nth: number, ...places: Point['at'][]): Point[] =>
    places.map((place) => ({ session: 1, verb, nth, at: place }));
  const points = [
    ...at('GREETING', 1, 'reply', 'end'),
    ...[...login, 'UIDL', 'LIST'].flatMap((verb) => at(verb, 1, 'command', 'reply', 'middle')),
    ...[1, 2, 3].flatMap((nth) => at('RETR', nth, 'command', 'reply', 'middle', 'end')),
    ...[1, 2, 3].flatMap((nth) => at('DELE', nth, 'command', 'reply')),
    ...at('QUIT', 1, 'command', 'reply', 'end'),
  ].map((point): [string, Point] => [`${point.verb} ${point.nth}, ${point.at}`, point]);

  it.each(points)('loses and doubles nothing when the maildrop is cut off: %s', async (_name, point) => {
    const [from, into] = await accounts();
    const reached = relay.stopAt(point);
    const first = attempt(from, into);
    await Promise.race([reached, first.then(() => reached)]);
    relay.cut();
    const answer = await first;
    expect(answer?.end, 'a line that ends it').toBeDefined();
    await relay.settled();
    await expectNothingLost(from, into, answer);
    await expectTheRest(from, into);
  });

  // Where a command or its answer is on its way; what becomes of half an answer is shown by the cuts.
  const ends = points.filter(([, { at }]) => at === 'command' || at === 'reply');
  it.each(ends)('loses and doubles nothing when Postern is killed: %s', async (_name, point) => {
    const [from, into] = await accounts();
    const reached = relay.stopAt(point);
    const first = attempt(from, into);
    await Promise.race([reached, first.then(() => reached)]);
    await stage.postern.crashAndRestart();
    relay.release();
    const answer = await first;
    await relay.settled();
    await expectNothingLost(from, into, answer);
    await expectTheRest(from, into);
  });

  const losses = (['unsent', 'unanswered'] as const satisfies readonly Loss[]).flatMap((loss) =>
    [/^LOGIN|^AUTHENTICATE/, /^LIST/, /^SELECT|^EXAMINE/, /^UID SEARCH/, /^APPEND/].map(
      (command): [string, RegExp, Loss] => [`${command.source} ${loss}`, command, loss],
    ),
  );

  it.each(losses)('loses and doubles nothing when the mailbox is cut off: %s', async (_name, command, loss) => {
    const [from, into] = await accounts();
    const lost = imap.loseAt(command, loss);
    const first = attempt(from, into);
    await Promise.race([lost, first.then((answer) => expect.fail(`never got there: ${answer?.troubles}`))]);
    const answer = await first;
    await relay.settled();
    await expectNothingLost(from, into, answer);
    await expectTheRest(from, into);
  });
});
