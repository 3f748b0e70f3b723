/**
 * Three maildrops, some messages of which are in two of them, are gathered in one mailbox, while the program that asks for it, Postern,
 * the program's connection or one to a mail server is killed, 300 times at random moments: does the mailbox end with every message
 * exactly once, are the maildrops empty, and is nothing else touched?
 *
 * `CRASH_SEED` and `CRASH_KILLS` choose others; the seed of a filling that failed plays that one first.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { consolidations, gathered, gathering, heldBy, linesIn } from '../support/consolidation.ts';
import { ImapWatch } from '../support/imap-watch.ts';
import { startLink } from '../support/kill-link.ts';
import { histogramOf, killAgainAndAgain, rethrowUnlessCut } from '../support/kills.ts';
import { letter } from '../support/mail.ts';
import { flagsIn, sha256Of } from '../support/maildir.ts';
import { popStage } from '../support/pop-stage.ts';
import { PopWatch } from '../support/pop-watch.ts';
import type { Caller } from '../support/postern.ts';

const stage = popStage();
const seed = Number(process.env['CRASH_SEED'] ?? 20261123);
const kills = Number(process.env['CRASH_KILLS'] ?? 300);
const messagesOfEach = 12;

const weights = {
  'consolidate pop up': 3,
  'consolidate pop down': 3,
  'consolidate imap up': 5,
  'consolidate imap down': 5,
  'consolidate http up': 1,
  'consolidate http down': 3,
};

/**
 * Dovecot makes UIDVALIDITY of the second in which a mailbox is first opened, and UIDLs of UIDVALIDITY and UID. Maildrops and a mailbox of
 * the same second would have messages that look like one and the same, which are left where they are.
 */
const setUidValidity = (maildir: string): Promise<void> =>
  writeFile(join(maildir, 'dovecot-uidlist'), `3 V1000000001 N1 G${'0'.repeat(31)}1\n`, { mode: 0o666 });

interface Setting {
  readonly from: readonly Caller[];
  readonly into: Caller;
  /** The digests of what the mailbox is to hold at the end. */
  readonly expected: string[];
  /** The files of what was in the mailbox before. */
  readonly flagsBefore: readonly string[];
  /** Of messages that are in two maildrops: a program that has them deleted in both has to know that these are different accounts. */
  readonly alreadyThere: 'keep' | 'delete';
}

it(`has every message exactly once after ${kills} kills, and the maildrops are empty`, async () => {
  const { host } = stage;
  const watches = { pop: new PopWatch(), imap: new ImapWatch() };
  const links = {
    pop: await startLink(
      () => host.dovecot.ports.pop3,
      (direction, bytes) => watches.pop.see(direction, bytes),
    ),
    imap: await startLink(
      () => host.dovecot.ports.imap,
      (direction, bytes) => watches.imap.see(direction, bytes),
    ),
  };
  const through = (account: { user: string; password: string }, protocol: 'pop3' | 'imap') => ({
    ...account,
    mailServer: `${protocol}://127.0.0.1:${links[protocol === 'imap' ? 'imap' : 'pop'].port}?security=none`,
  });
  const setting = async (): Promise<Setting> => {
    const accounts = [await host.caller('pop3'), await host.caller('pop3'), await host.caller('pop3')];
    const into = through(await host.caller('imap'), 'imap');
    const before = [letter('before'), letter('before, too')];
    await stage.deliver(into, ...before);
    await setUidValidity(host.dovecot.maildir(into.user));
    const flagsBefore = Object.keys(await flagsIn(host.dovecot.maildir(into.user)));
    return {
      from: accounts.map((account) => through(account, 'pop3')),
      into,
      expected: before.map(sha256Of),
      flagsBefore,
      alreadyThere: 'keep',
    };
  };
  const check = async ({ from, into, expected, flagsBefore }: Setting): Promise<void> => {
    const [mailbox, ...maildrops] = await heldBy(host.dovecot, into, ...from);
    expect(mailbox, 'what is in the mailbox').toEqual(expected.toSorted());
    expect(maildrops, 'what is in the maildrops').toEqual([[], [], []]);
    const flags = await flagsIn(host.dovecot.maildir(into.user));
    expect(
      flagsBefore.filter((name) => flags[name] !== ''),
      'what was there before, and is marked now',
    ).toEqual([]);
  };
  let now = await setting();
  /** Those that were told to come back later, since it is not known whether a message was stored. */
  const later: Setting[] = [];
  let waitSeconds = 0;
  let isLater = false;

  const told = await killAgainAndAgain(
    { postern: stage.postern, links, seed, kills },
    {
      weights,
      onCall: () => {
        for (const watch of Object.values(watches)) watch.begin();
      },
      where: ({ link }) =>
        link === 'imap'
          ? `IMAP: ${watches.imap.where()}`
          : `${link === 'pop' ? 'POP3' : 'the program'}: ${watches.pop.where(100)}`,
      async refill(filling, random) {
        if (isLater) now = await setting();
        isLater = false;
        now = { ...now, alreadyThere: random.chance(0.5) ? 'delete' : 'keep' };
        const letters = Array.from({ length: 3 * messagesOfEach }, (_, index) =>
          letter(`${filling}-${index}`, `line ${index}\r\n.\r\n`.repeat(1 + random.below(200))),
        );
        now.expected.push(...letters.map(sha256Of));
        for (const [index, message] of letters.entries()) {
          const [maildrop, other] = [now.from[index % 3], now.from[(index + 1) % 3]];
          for (const caller of [maildrop, now.alreadyThere === 'delete' && random.chance(0.5) ? other : undefined]) {
            if (caller !== undefined) await stage.deliver(caller, message);
          }
        }
      },
      async live(life) {
        let text = '';
        const { alreadyThere } = now;
        const body = gathering(now.from, now.into, { alreadyThere });
        try {
          const response = await life.call('consolidate', consolidations, { headers: {}, body });
          if (!response.ok) return false;
          const decoder = new TextDecoder();
          for await (const piece of response.body ?? []) text += decoder.decode(piece, { stream: true });
        } catch (error) {
          rethrowUnlessCut(error);
        }
        const { end, of } = linesIn(text);
        const seconds = of('error').map(({ problem }) => Number(problem['retryAfterSeconds'] ?? 0));
        isLater = end !== undefined && !end.isComplete && Math.max(0, ...seconds) > 0;
        if (isLater) {
          waitSeconds = Math.max(waitSeconds, ...seconds);
          later.push(now);
        }
        return isLater || end?.isComplete === true;
      },
      check: async () => {
        if (!isLater) await check(now);
      },
    },
  );
  // Nothing is killed any more. All of them have waited as long as they were told when the last one has.
  if (later.length > 0) await delay(1_000 * waitSeconds);
  for (const setting of later) {
    const { end } = await gathered(stage.postern, setting.from, setting.into, { alreadyThere: setting.alreadyThere });
    expect(end).toMatchObject({ failed: 0, isComplete: true });
    await check(setting);
  }
  console.log(
    `CRASH_SEED=${seed}: ${kills} kills in ${told.lives} lives, ${told.fillings} times three maildrops; ${later.length} of them were told to wait, at most ${waitSeconds} s\n${histogramOf(told)}`,
  );
  for (const link of Object.values(links)) await link.stop();
});
