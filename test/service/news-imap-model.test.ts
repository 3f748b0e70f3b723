/**
 * Does a program that goes by events alone have what the server has, whatever happens there and whenever it is looked at?
 */
import { expect, it } from 'vitest';
import {
  type Hidden,
  nothingHidden,
  startHidingRelay,
  withoutCondstore,
  withoutQresync,
} from '../support/imap-hiding.ts';
import { imapStage } from '../support/imap-stage.ts';
import { newsStage } from '../support/news/follower.ts';
import { type Held, RandomMailboxes, Receiver } from '../support/news/random-mailboxes.ts';
import { seeded } from '../support/random.ts';

const stage = imapStage();
const news = newsStage();
const operations = Number(process.env['NEWS_OPERATIONS'] ?? 80);
const seed = Number(process.env['NEWS_SEED'] ?? 11);

it.each<[string, Hidden]>([
  ['QRESYNC', nothingHidden],
  ['CONDSTORE alone', withoutQresync],
  ['neither', withoutCondstore],
])(
  'holds after random changes on a server with %s, and no message is told as new twice, or that is old',
  async (_, hidden) => {
    console.log(`NEWS_SEED=${seed} NEWS_OPERATIONS=${operations}`);
    const random = seeded(seed);
    const caller = await stage.callerWith([]);
    const relay = await startHidingRelay(stage.host.dovecot.ports.imap, hidden);
    const through = relay.through(caller);
    const there = await RandomMailboxes.begin(await stage.program(caller), random);
    const receiver = await Receiver.begin(there);
    const there0 = new Set(Object.values(await there.held()).flatMap((held) => Object.keys(held)));
    const follower = await news.begun(through, { settings: { mailboxes: ['*'] } });
    let comparisons = 0;
    for (let done = 0; done < operations; done++) {
      await there.change();
      if (!random.chance(0.25)) continue;
      const mostEvents = random.pick([1, 2, 5, 100]);
      const isWhole = random.chance(0.6);
      if (!isWhole) {
        await receiver.take((await news.look(through, follower, { mostEvents })).events);
        continue;
      }
      await receiver.take(await news.drain(through, follower, { mostEvents }));
      expect(listed(receiver.mailboxes), `after ${done}`).toEqual(listed(Object.entries(await there.held())));
      comparisons += 1;
    }
    expect(comparisons).toBeGreaterThan(operations / 20);
    const received = follower.told.filter(({ type }) => type === 'message.received');
    const ids = received.map(({ data }) => String(Reflect.get(Object(data['message']), 'id')));
    expect(new Set(ids).size, 'each once').toBe(ids.length);
    expect(
      ids.filter((id) => there0.has(id)),
      'what was there',
    ).toEqual([]);
    const dates = received.map(({ data }) => String(Reflect.get(Object(data['message']), 'receivedAt')));
    expect(
      dates.filter((date) => date.startsWith('2020')),
      'old mail',
    ).toEqual([]);
    expect(relay.refused).toEqual([]);
    await relay.stop();
  },
);

/** Without mailboxes in which there is nothing, and messages that are told of and old. */
const listed = (mailboxes: Iterable<readonly [string, Held]>): Record<string, Held> =>
  Object.fromEntries([...mailboxes].filter(([, held]) => Object.keys(held).length > 0));
