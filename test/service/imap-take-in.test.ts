/**
 * Messages of another account get into a mailbox once, and are told of as stored only when they are there.
 */
import { Buffer } from 'node:buffer';
import { describe, expect, it } from 'vitest';
import { encodeFrame } from '../../src/core/message-frames.ts';
import { bigLetter } from '../support/imap-letters.ts';
import { letter } from '../support/mail.ts';
import { beginning, done, parcel } from '../support/take-in.ts';
import { dovecotTakeInStage, told, withoutMessageId } from '../support/take-in-dovecot.ts';

const stage = dovecotTakeInStage();
const { somebody, relayed, program, heldBy } = stage;

describe('storing', () => {
  it('stores each message byte for byte, unread, with the date of its arrival, and tells where it is', async () => {
    const caller = await somebody();
    const messages = [letter('one'), bigLetter(3_000_000), withoutMessageId(letter('three'))];
    const slips = await stage.takeIn(caller, messages);
    const message = { uidValidity: expect.any(Number), uid: expect.any(Number) };
    expect(slips).toEqual(
      messages.map((_, index) => ({ index, outcome: 'stored', message, isCopy: true, gmailId: null })),
    );
    expect(await heldBy(caller)).toEqual(messages.map((bytes) => Buffer.from(bytes)));
    const reader = await program(caller);
    expect(Object.values(await reader.flags())).toEqual([[], [], []]);
    expect(await reader.command('FETCH 1 (INTERNALDATE)')).toMatch(/29-Feb-2024 23:30:05 \+0000/);
    expect(slips).toMatchObject(Object.keys(await reader.flags()).map((uid) => ({ message: { uid: Number(uid) } })));
    await reader.logout();
  });

  it('takes them into the mailbox that is named, and says so when there is none', async () => {
    const caller = await somebody();
    expect(told(await stage.takeIn(caller, [letter('one')], { mailbox: { role: 'archive' } }))).toEqual([
      [0, 'stored'],
    ]);
    expect(await heldBy(caller, 'Archive')).toHaveLength(1);
    expect(await stage.refused(caller, { mailbox: { path: 'Nowhere' } })).toEqual({ kind: 'mailbox-not-found' });
    const stranger = { ...caller, password: `${caller.password}x` };
    expect(await stage.refused(stranger)).toMatchObject({ kind: 'login-refused' });
  });

  it('tells of each as soon as it is stored, while others are still to come', async () => {
    const caller = await somebody();
    const taking = await stage.begin(caller);
    for (const index of [0, 1, 2]) {
      taking.send(...parcel(letter(`number ${index}`.replace(' ', '-')), index));
      expect(await taking.next()).toMatchObject({ index, outcome: 'stored' });
      expect(await heldBy(caller)).toHaveLength(index + 1);
    }
    taking.send(done);
    expect(await taking.next()).toBeNull();
  });

  it('costs three round trips a message at most', async () => {
    const { relay, caller } = await relayed(letter('before'));
    const messages = Array.from({ length: 20 }, (_, index) => letter(`n${index}`));
    await stage.takeIn(caller, [letter('first')]);
    const before = relay.commands.length;
    expect((await stage.takeIn(caller, messages)).every(({ outcome }) => outcome === 'stored')).toBe(true);
    const sent = relay.commands.slice(before);
    const named = (pattern: RegExp) => sent.filter((command) => pattern.test(command)).length;
    expect(named(/^APPEND/)).toBe(20);
    // One to know that searching can be believed, and the others for as many as had come by then.
    expect(named(/^UID SEARCH/)).toBeLessThanOrEqual(21);
    // To wake the session up, and to know that searching can be believed.
    expect(named(/^(NOOP|STATUS|SELECT|UID FETCH|FETCH|LOGIN|LIST)/)).toBeLessThan(8);
  });
});

describe('what is there already', () => {
  it.each([
    ['a message', letter('one')],
    ['a message without Message-ID', withoutMessageId(letter('one'))],
    ['a large message', bigLetter(2_500_000)],
  ])('does not add %s that is there, octet for octet', async (_, bytes) => {
    const caller = await somebody();
    for (const one of [letter('another'), bytes, letter('third')])
      await stage.host.dovecot.deliver(caller.user, 'INBOX', one);
    const held = await heldBy(caller);
    expect(await stage.takeIn(caller, [bytes])).toMatchObject([
      { index: 0, outcome: 'there-already', message: { uid: 2 } },
    ]);
    expect(await heldBy(caller)).toEqual(held);
  });

  it('adds what differs in a single octet, whatever its Message-ID and its size say', async () => {
    const [one, other] = [letter('same', 'This is one.'), letter('same', 'This is two.')];
    const caller = await somebody(one);
    expect(told(await stage.takeIn(caller, [other, withoutMessageId(one), withoutMessageId(other), other]))).toEqual([
      [0, 'stored'],
      [1, 'stored'],
      [2, 'stored'],
      [3, 'there-already'],
    ]);
    expect(await heldBy(caller)).toHaveLength(4);
  });

  it('is known to be a copy of what it was made of, also after a crash, and of nothing else', async () => {
    const caller = await somebody(letter('one'));
    const take = async (source: string, ...messages: readonly Uint8Array[]) => {
      const taking = await stage.begin(caller);
      taking.send(...messages.flatMap((bytes, index) => parcel(bytes, index, { source })), done);
      return (await taking.rest()).map((slip) => (slip.outcome === 'failed' ? slip.failure.kind : slip.isCopy));
    };
    expect(await take('a', letter('one'), letter('two'), letter('two'))).toEqual([false, true, true]);
    await stage.postern.crashAndRestart();
    expect(await take('a', letter('one'), letter('two'))).toEqual([false, true]);
    expect(await take('b', letter('one'), letter('two'))).toEqual([false, false]);
    expect(await take('a', letter('one'), letter('two'))).toEqual([false, true]);
  });

  it('is not what somebody has marked as deleted', async () => {
    const caller = await somebody(letter('one'), withoutMessageId(letter('two')));
    expect(told(await stage.takeIn(caller, [letter('three')]))).toEqual([[0, 'stored']]);
    const user = await program(caller);
    await user.command('STORE 1:3 +FLAGS (\\Deleted)');
    await user.logout();
    expect(told(await stage.takeIn(caller, [letter('one'), withoutMessageId(letter('two')), letter('three')]))).toEqual(
      [
        [0, 'stored'],
        [1, 'stored'],
        [2, 'stored-and-removed'],
      ],
    );
  });

  it('adds a message once that comes twice, in one call and in two at the same time', async () => {
    const caller = await somebody();
    expect(told(await stage.takeIn(caller, [letter('one'), letter('one')]))).toEqual([
      [0, 'stored'],
      [1, 'there-already'],
    ]);
    const bytes = bigLetter(900_000);
    const calls = await Promise.all([1, 2].map(() => stage.takeIn(caller, [bytes, bytes, bytes])));
    expect(calls.flat().filter(({ outcome }) => outcome === 'stored')).toHaveLength(1);
    expect(await heldBy(caller)).toHaveLength(2);
  });
});

describe('what has left the mailbox since', () => {
  async function leftover(isKept: boolean) {
    const caller = await somebody();
    expect(told(await stage.takeIn(caller, [letter('one')], { isKept }))).toEqual([[0, 'stored']]);
    const user = await program(caller);
    await user.command('STORE 1 +FLAGS (\\Deleted)');
    await user.command('EXPUNGE');
    await user.logout();
    return caller;
  }

  it('is not added again when it was to be deleted where it came from, and not said to be there', async () => {
    const caller = await leftover(false);
    await stage.postern.crashAndRestart();
    for (const isKept of [false, true]) {
      expect(told(await stage.takeIn(caller, [letter('one')], { isKept }))).toEqual([[0, 'stored-and-removed']]);
    }
    expect(await heldBy(caller)).toEqual([]);
  });

  it('is added again when it was kept where it came from', async () => {
    const caller = await leftover(true);
    expect(told(await stage.takeIn(caller, [letter('one')]))).toEqual([[0, 'stored']]);
    expect(await heldBy(caller)).toHaveLength(1);
  });

  it('is there already when somebody has put it back', async () => {
    const caller = await leftover(false);
    await stage.host.dovecot.deliver(caller.user, 'INBOX', letter('one'));
    expect(told(await stage.takeIn(caller, [letter('one')]))).toEqual([[0, 'there-already']]);
    expect(await heldBy(caller)).toHaveLength(1);
  });
});

describe('what cannot be stored', () => {
  it.each([
    ['a NUL', 'a\0b\r\n', 'A NUL at octet 2.'],
    ['a bare LF', 'a\nb\r\n', 'An LF without CR at octet 2.'],
    ['a bare CR', 'a\rb\r\n', 'A CR without LF at octet 2.'],
    ['a CR at its end', 'ab\r', 'A CR without LF at octet 3.'],
    ['nothing in it', '', 'It is empty.'],
  ])('is told for a message with %s, and the others go on', async (_, text, message) => {
    const caller = await somebody();
    const [, wrong] = await stage.takeIn(caller, [letter('one'), Buffer.from(text), letter('two')]);
    expect(wrong).toMatchObject({ index: 1, outcome: 'failed', failure: { kind: 'request-invalid' } });
    expect(JSON.stringify(wrong)).toContain(message);
    expect(await heldBy(caller)).toHaveLength(2);
  });

  it('is told for a large message that ends wrong, of which nothing is stored', async () => {
    const caller = await somebody();
    const wrong = Buffer.concat([bigLetter(3_000_000), Buffer.from('a\0b\r\n')]);
    expect(told(await stage.takeIn(caller, [letter('one'), wrong, letter('two')]))).toEqual([
      [0, 'stored'],
      [1, 'request-invalid'],
      [2, 'stored'],
    ]);
    expect(await heldBy(caller)).toHaveLength(2);
  });

  it.each([
    ['small', letter('small')],
    ['large', bigLetter(3_000_000)],
  ])('is told for a %s message that is not what its head says', async (_, bytes) => {
    const caller = await somebody();
    const taking = await stage.begin(caller);
    taking.send(...parcel(bytes, 0, { sha256: 'another' }), ...parcel(bytes, 1, { octets: bytes.length + 1 }));
    taking.send(...parcel(bytes, 2, { octets: bytes.length - 1 }), ...parcel(letter('good'), 3), done);
    expect(told(await taking.rest())).toEqual([
      [0, 'internal'],
      [1, 'internal'],
      [2, 'internal'],
      [3, 'stored'],
    ]);
    expect(await heldBy(caller)).toHaveLength(1);
  });
});

describe('a sender that fails', () => {
  const failure = { kind: 'uidl-not-unique' } as const;

  it('has the failure of one message told in its place', async () => {
    const caller = await somebody();
    const taking = await stage.begin(caller);
    const failed = (of: number) => encodeFrame({ kind: 'failure', of, failure });
    taking.send(failed(0), ...parcel(letter('one'), 1), ...beginning(letter('two'), 2), failed(2));
    taking.send(...beginning(bigLetter(3_000_000), 3), failed(3), ...parcel(letter('four'), 4), done);
    expect(told(await taking.rest())).toEqual([
      [0, failure.kind],
      [1, 'stored'],
      [2, failure.kind],
      [3, failure.kind],
      [4, 'stored'],
    ]);
    expect(await heldBy(caller)).toHaveLength(2);
  });

  it.each([
    ['between two messages', []],
    ['in a small message', beginning(letter('two'), 1)],
    ['in a large message', beginning(bigLetter(3_000_000), 1)],
  ])('has all ended by a failure of all %s', async (_, begun) => {
    const caller = await somebody();
    const taking = await stage.begin(caller);
    taking.send(...parcel(letter('one'), 0), ...begun, encodeFrame({ kind: 'failure', of: null, failure }));
    const ends = begun.length > 0 ? [[1, failure.kind]] : [];
    expect(told(await taking.rest())).toEqual([[0, 'stored'], ...ends, [null, failure.kind]]);
    expect(await heldBy(caller)).toHaveLength(1);
  });

  it.each([
    ['small', letter('two')],
    ['large', bigLetter(3_000_000)],
  ])('stores nothing of a %s message when it goes away in the middle of it', async (_, bytes) => {
    const caller = await somebody();
    const taking = await stage.begin(caller);
    taking.send(...parcel(letter('one'), 0), ...beginning(bytes, 1).slice(0, -1));
    expect(await taking.next()).toMatchObject({ outcome: 'stored' });
    taking.goAway();
    // It is there, and can be taken in, as soon as the other call has ended.
    await expect.poll(async () => told(await stage.takeIn(caller, [bytes]))).toEqual([[0, 'stored']]);
    expect(await heldBy(caller)).toHaveLength(2);
  });
});
