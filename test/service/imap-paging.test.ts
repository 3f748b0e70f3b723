/**
 * Is a listing right while other programs append and expunge between its pages?
 */
import { expect, it } from 'vitest';
import { imapStage } from '../support/imap-stage.ts';
import { letter } from '../support/mail.ts';
import { type Random, seeded } from '../support/random.ts';

const stage = imapStage();
const uidOf = (id: string): number => Number(id.split('.')[1]);

it.each([1, 2, 3, 4, 5, 6])(
  'skips and repeats no message that is there all along, however mail comes and goes between pages (seed %i)',
  async (seed) => {
    const random = seeded(seed);
    const caller = await stage.callerWith(Array.from({ length: 40 }, (_, index) => letter(`m${index + 1}`)));
    const program = await stage.program(caller);
    const gone = new Set<number>();
    const seen: number[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const limit = 1 + random.below(7);
      const page = await stage.page(caller, `?limit=${limit}&fields=id${cursor === '' ? '' : `&cursor=${cursor}`}`);
      seen.push(...page.messages.map(({ id }) => uidOf(id)));
      cursor = page.nextCursor;
      for (const uid of await disturb(random, gone)) gone.add(uid);
    }
    expect(seen).toEqual(seen.toSorted((one, other) => other - one));
    expect(new Set(seen).size, 'messages that were listed twice').toBe(seen.length);
    const stayed = Array.from({ length: 40 }, (_, index) => index + 1).filter((uid) => !gone.has(uid));
    expect(
      stayed.filter((uid) => !seen.includes(uid)),
      'messages that were there and not listed',
    ).toEqual([]);
    expect(gone.size).toBeGreaterThan(3);

    /** Some mail arrives and some goes, by another session and by delivery; answers the UIDs that went. */
    async function disturb(random: Random, gone: ReadonlySet<number>): Promise<number[]> {
      if (random.chance(0.5)) await stage.deliver(caller, 'INBOX', letter('delivered'));
      if (random.chance(0.3)) await program.append('INBOX', letter('appended'));
      const leaving = [1, 2].map(() => 1 + random.below(40)).filter((uid) => !gone.has(uid) && random.chance(0.7));
      if (leaving.length > 0) await program.expunge(...leaving);
      return leaving;
    }
  },
);

it('goes on after the message that the cursor names was expunged', async () => {
  const caller = await stage.callerWith(Array.from({ length: 5 }, (_, index) => letter(`m${index + 1}`)));
  const program = await stage.program(caller);
  const { nextCursor } = await stage.page(caller, '?limit=2&fields=id');
  await program.expunge(4, 3);
  const { messages } = await stage.page(caller, `?limit=2&fields=id&cursor=${nextCursor}`);
  expect(messages.map(({ id }) => uidOf(id))).toEqual([2, 1]);
});

it('ends well when all that was left is gone', async () => {
  const caller = await stage.callerWith(Array.from({ length: 4 }, (_, index) => letter(`m${index + 1}`)));
  const program = await stage.program(caller);
  const { nextCursor } = await stage.page(caller, '?limit=2&fields=id');
  await program.expunge(1, 2, 3, 4);
  expect(await stage.page(caller, `?limit=2&cursor=${nextCursor}`)).toEqual({
    messages: [],
    total: 0,
    state: null,
    nextCursor: null,
  });
});
