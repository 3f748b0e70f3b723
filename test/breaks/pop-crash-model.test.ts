/**
 * A program empties a maildrop of 50 messages again and again, while it, Postern, its connection or the mail server's is killed, 300 times
 * at random moments: does it end with every message exactly once, and the maildrop empty?
 *
 * `CRASH_SEED` and `CRASH_KILLS` choose others; the seed of a filling that failed plays that one first.
 */
import { expect, it } from 'vitest';
import { emptyMaildrop, type Habits, Store } from '../support/kill-downloads.ts';
import { startLink } from '../support/kill-link.ts';
import { histogramOf, killAgainAndAgain } from '../support/kills.ts';
import { letter } from '../support/mail.ts';
import { digestsIn, sha256Of } from '../support/maildir.ts';
import { popStage } from '../support/pop-stage.ts';
import { PopWatch } from '../support/pop-watch.ts';

const stage = popStage();
const seed = Number(process.env['CRASH_SEED'] ?? 20261123);
const kills = Number(process.env['CRASH_KILLS'] ?? 300);
const messagesInAll = 50;

/** As often in the few bytes of deleting as in the many of downloading. */
const weights = {
  'download pop down': 5,
  'download pop up': 2,
  'download http down': 3,
  'download http up': 1,
  'acknowledge pop up': 4,
  'acknowledge pop down': 4,
  'acknowledge http down': 2,
  'acknowledge http up': 1,
  step: 4,
};

it(`has every message exactly once after ${kills} kills, and the maildrop is empty`, async () => {
  const watch = new PopWatch();
  const pop = await startLink(
    () => stage.host.dovecot.ports.pop3,
    (direction, bytes) => watch.see(direction, bytes),
  );
  const account = await stage.callerWith([], 'cleartext');
  const caller = { ...account, mailServer: `pop3://127.0.0.1:${pop.port}?security=none` };
  const maildir = stage.host.dovecot.maildir(caller.user);
  let store = new Store();
  let habits: Habits = { limit: 100, tellsWhatItHas: false };
  let delivered: string[] = [];
  let again = 0;

  const told = await killAgainAndAgain(
    { postern: stage.postern, links: { pop }, seed, kills },
    {
      weights,
      onCall: () => watch.begin(),
      where: ({ call, link, step }) =>
        link === null
          ? step
          : `${call}: ${link === 'http' ? 'bytes of the program, ' : ''}${watch.where(Math.min(habits.limit, delivered.length))}`,
      async refill(filling, random) {
        habits =
          filling === 0
            ? { limit: 100, tellsWhatItHas: false }
            : { limit: random.pick([17, 100]), tellsWhatItHas: random.chance(0.5) };
        again += store.again;
        store = new Store();
        const letters = Array.from({ length: messagesInAll }, (_, index) =>
          letter(`${filling}-${index}`, `line ${index}\r\n.\r\n`.repeat(1 + random.below(400))),
        );
        delivered = letters.map(sha256Of).sort();
        await stage.deliver(caller, ...letters);
      },
      live: (life) => emptyMaildrop(life, caller, store, habits),
      async check() {
        expect([...store.messages.values()].sort(), 'what the program has').toEqual(delivered);
        expect(await digestsIn(maildir), 'what is in the maildrop').toEqual([]);
      },
    },
  );
  console.log(
    `CRASH_SEED=${seed}: ${kills} kills in ${told.lives} lives, ${told.fillings} times ${messagesInAll} messages, of which ${again + store.again} came again\n${histogramOf(told)}`,
  );
  await pop.stop();
});
