/**
 * Is a listing in the order that was asked for, and do its pages stay right while other programs come and go?
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { imapStage, type Page } from '../support/imap-stage.ts';
import { letter } from '../support/mail.ts';
import type { Caller } from '../support/postern.ts';
import { type Random, seeded } from '../support/random.ts';
import { type Searched, searchedLetters, searchedMailbox } from '../support/search-letters.ts';

const stage = imapStage();
const uidOf = (id: string): number => Number(id.split('.')[1]);
const uidsOf = ({ messages }: Page): number[] => messages.map(({ id }) => uidOf(id));

describe('a mailbox in another order', () => {
  const letters = searchedLetters(3, 50);
  let caller: Caller;
  beforeAll(async () => {
    caller = await searchedMailbox(stage, letters);
  });

  /** What stands before the @, in which the addresses here differ. */
  const local = (address: string): string => /([\w.]+)@/.exec(address)?.[1] ?? '';
  const keys: Readonly<Record<string, (letter: Searched) => number | string>> = {
    receivedAt: ({ receivedAt }) => Math.floor(receivedAt.getTime() / 1000),
    sentAt: ({ sentAt }) => sentAt.getTime(),
    from: ({ from }) => local(from),
    to: ({ to }) => local(to),
    size: ({ bytes }) => bytes.length,
    arrival: ({ uid }) => uid,
  };

  /** As RFC 5256 §3 says: those that are alike stay in the order of the mailbox. */
  function inOrder(sort: string): number[] {
    const order = sort
      .split(',')
      .map((key) => ({ of: keys[key.replace('-', '')], sign: key.startsWith('-') ? -1 : 1 }));
    const compared = (one: Searched, other: Searched): number => {
      for (const { of, sign } of order) {
        const [a = 0, b = 0] = [of?.(one), of?.(other)];
        if (a !== b) return a < b ? -sign : sign;
      }
      return one.uid - other.uid;
    };
    return letters.toSorted(compared).map(({ uid }) => uid);
  }

  it.each([
    'receivedAt',
    '-receivedAt',
    'sentAt',
    '-sentAt',
    'from,-size',
    'to,sentAt',
    '-from,to,receivedAt',
    '-size',
    'arrival',
    '-arrival',
  ])('by %s, in one page and in many', async (sort) => {
    const expected = inOrder(sort);
    const whole = await stage.page(caller, `?limit=500&fields=id&sort=${sort}`);
    expect(uidsOf(whole)).toEqual(expected);
    expect(whole.total).toBe(50);
    if (sort !== '-arrival') expect(whole.sort).toEqual({ by: sort, isSupported: true });
    const found: number[] = [];
    for (let cursor: string | null = ''; cursor !== null; ) {
      const page: Page = await stage.page(caller, `?limit=7&fields=id&sort=${sort}${cursor && `&cursor=${cursor}`}`);
      found.push(...uidsOf(page));
      cursor = page.nextCursor;
    }
    expect(found).toEqual(expected);
  });

  it('by subject, without Re:', async () => {
    const other = await stage.callerWith(
      ['b', 'Re: a', 'c', 'FWD: b'].map((subject) =>
        Buffer.from(`Subject: ${subject}\r\nDate: Mon, 16 Nov 2026 09:30:00 +0100\r\n\r\nText\r\n`),
      ),
    );
    expect(uidsOf(await stage.page(other, '?sort=subject&fields=id'))).toEqual([2, 1, 4, 3]);
  });

  it('can be searched at the same time, with what no server sorts by', async () => {
    const judge = ({ hasAttachment, flags }: Searched): boolean => hasAttachment || flags.includes('\\Flagged');
    const expected = inOrder('-size').filter((uid) => letters.some((one) => one.uid === uid && judge(one)));
    const found: number[] = [];
    for (let cursor: string | null = ''; cursor !== null; ) {
      const q = encodeURIComponent('has:attachment OR is:flagged');
      const page: Page = await stage.page(
        caller,
        `?limit=4&fields=id&sort=-size&q=${q}${cursor && `&cursor=${cursor}`}`,
      );
      expect(page.total).toBe(expected.length);
      found.push(...uidsOf(page));
      cursor = page.nextCursor;
    }
    expect(found).toEqual(expected);
  });
});

it('goes on behind what was shown when that is read, and so is not found any more', async () => {
  const caller = await stage.callerWith(
    Array.from({ length: 6 }, (_, index) => letter(`m${index}`, 'x'.repeat(index + 1))),
  );
  const program = await stage.program(caller);
  const query = '?limit=2&fields=id&q=is:unread&sort=size';
  const page = await stage.page(caller, query);
  expect(uidsOf(page)).toEqual([1, 2]);
  await program.command('UID STORE 1:2 +FLAGS.SILENT (\\Seen)');
  const next = await stage.page(caller, `${query}&cursor=${page.nextCursor}`);
  expect([uidsOf(next), next.total]).toEqual([[3, 4], 4]);
});

it('says that it is lost when all that was shown is expunged', async () => {
  const caller = await stage.callerWith(Array.from({ length: 6 }, (_, index) => letter(`m${index}`)));
  const program = await stage.program(caller);
  const { nextCursor } = await stage.page(caller, '?limit=2&fields=id&sort=size');
  await program.expunge(1, 2);
  const path = `/v1/imap/mailboxes/inbox/messages?limit=2&fields=id&sort=size&cursor=${nextCursor}`;
  expect((await stage.postern.problem('state-gone', caller, path)).status).toBe(410);
});

/** What messages that stay fit, whatever happens to the others. */
const walks = [
  ['plain', ''],
  ['with q', '&q=is:unflagged'],
  ['sorted', '&sort=-size'],
  ['sorted the other way, with q', '&sort=size,subject&q=is:unflagged'],
] as const;

const steps = 320;

it.each(walks)(
  `listed %s while another program appends, expunges and marks at random (${steps} steps), skips and repeats nothing that is there all along`,
  async (_, query) => {
    const random = seeded(query.length);
    const caller = await stage.callerWith([]);
    const program = await stage.program(caller);
    const staying = new Set<number>();
    const passing = new Set<number>();
    const add = async (label: string): Promise<number> =>
      program.append('INBOX', letter(`${label} ${random.below(1_000)}`, 'x'.repeat(random.below(400))));
    for (let count = 0; count < 60; count++) {
      if (random.chance(0.5)) staying.add(await add('stays'));
      else passing.add(await add('passes stays'));
    }
    let done = 0;
    let walked = 0;
    const disturb = async (): Promise<void> => {
      done += 1;
      const some = [...passing].filter(() => random.chance(0.15)).slice(0, 3);
      const kind = some.length === 0 ? 'append' : random.pick(['append', 'append', 'mark', 'expunge']);
      if (kind === 'append') passing.add(await add('passes stays'));
      else if (kind === 'mark') {
        await program.command(`UID STORE ${some.join(',')} ${random.pick(['+', '-'])}FLAGS.SILENT (\\Flagged)`);
      } else {
        await program.expunge(...some);
        for (const uid of some) passing.delete(uid);
      }
    };
    while (done < steps) {
      const seen = await walk(caller, query, random, disturb);
      walked += 1;
      expect(new Set(seen).size, 'messages that were listed twice').toBe(seen.length);
      expect(
        [...staying].filter((uid) => !seen.includes(uid)),
        'messages that were there and not listed',
      ).toEqual([]);
    }
    expect(walked).toBeGreaterThan(5);
  },
);

async function walk(caller: Caller, query: string, random: Random, disturb: () => Promise<void>): Promise<number[]> {
  const seen: number[] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const limit = 2 + random.below(9);
    const page: Page = await stage.page(caller, `?fields=id&limit=${limit}${query}${cursor && `&cursor=${cursor}`}`);
    seen.push(...uidsOf(page));
    cursor = page.nextCursor;
    await disturb();
    if (random.chance(0.5)) await disturb();
  }
  return seen;
}
