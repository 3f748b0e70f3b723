/**
 * Whatever is lost while messages are taken in, and whenever: each is in the mailbox once in the end, and none is said to be there
 * that is not.
 */
import { Buffer } from 'node:buffer';
import { expect, it } from 'vitest';
import { bigLetter } from '../support/imap-letters.ts';
import { startImapRelay } from '../support/imap-relay.ts';
import { letter } from '../support/mail.ts';
import { beginning, done, parcel } from '../support/take-in.ts';
import { dovecotTakeInStage, told } from '../support/take-in-dovecot.ts';

const stage = dovecotTakeInStage();
const { relayed, heldBy } = stage;

const [one, two, three] = [letter('one'), letter('two'), letter('three')] as const;
/** As the relay sees it, which takes its first word for a tag. */
const lastLineOfTwo = /^is two\.$/;

it.each([
  ['before a search is answered', /^UID SEARCH.*two@/, 'unanswered'],
  ['before the server has the command', /^APPEND/, 'unsent'],
  ['before it asks for the octets', /^APPEND/, 'unanswered'],
  ['when it has stored the message and not said so', lastLineOfTwo, 'unanswered'],
] as const)('goes on in another session when the connection is lost %s', async (_, at, loss) => {
  const { relay, caller } = await relayed(letter('before'));
  void relay.loseAt(at, loss);
  const slips = await stage.takeIn(caller, [one, two, three]);
  expect(told(slips)).toEqual([
    [0, 'stored'],
    [1, 'stored'],
    [2, 'stored'],
  ]);
  expect(await heldBy(caller)).toHaveLength(4);
  expect(slips).toMatchObject([2, 3, 4].map((uid) => ({ message: { uid } })));
  expect(relay.connections).toBe(2);
});

it('neither sends a message again that may still come, nor says that it is there, and takes in the others', async () => {
  const { relay, caller } = await relayed();
  void relay.loseAt(lastLineOfTwo, 'unsent');
  const slips = await stage.takeIn(caller, [one, two, three]);
  expect(told(slips)).toEqual([
    [0, 'stored'],
    [1, 'storing-in-doubt'],
    [2, 'stored'],
  ]);
  await stage.postern.crashAndRestart();
  const [again] = await stage.takeIn(caller, [two]);
  expect(again).toMatchObject({ failure: { kind: 'storing-in-doubt', retryAfterSeconds: expect.any(Number) } });
  expect(await heldBy(caller)).toHaveLength(2);
  // It comes after all.
  await stage.host.dovecot.deliver(caller.user, 'INBOX', two);
  expect(told(await stage.takeIn(caller, [two]))).toEqual([[0, 'there-already']]);
  expect(await heldBy(caller)).toHaveLength(3);
});

it.each([
  ['when all of it had been sent', /^is the end\.$/, 'unanswered', 'stored'],
  ['in the middle of it', /^.*big$/, 'unsent', 'connection-lost'],
] as const)('has a large message once whose connection was lost %s', async (_, at, loss, outcome) => {
  const { relay, caller } = await relayed();
  const large = Buffer.concat([bigLetter(3_000_000), Buffer.from('This is the end.\r\n')]);
  void relay.loseAt(at, loss);
  expect(told(await stage.takeIn(caller, [large, two]))).toEqual([
    [0, outcome],
    [1, 'stored'],
  ]);
  expect(told(await stage.takeIn(caller, [large, two]))).toEqual([
    [0, outcome === 'stored' ? 'there-already' : 'stored'],
    [1, 'there-already'],
  ]);
  expect(await heldBy(caller)).toHaveLength(2);
});

it('finds what was stored when Postern was killed before it knew', async () => {
  const { relay, caller } = await relayed();
  const held = relay.loseAt(lastLineOfTwo, 'held');
  const taking = await stage.begin(caller);
  taking.send(...parcel(one, 0), ...parcel(two, 1), done);
  expect(told([await taking.next()])).toEqual([[0, 'stored']]);
  await held;
  await stage.postern.crashAndRestart();
  relay.cut();
  taking.goAway();
  expect(told(await stage.takeIn(caller, [one, two, three]))).toEqual([
    [0, 'there-already'],
    [1, 'there-already'],
    [2, 'stored'],
  ]);
  expect(await heldBy(caller)).toHaveLength(3);
});

it('brings a message to its end that is here as a whole when its caller goes away', async () => {
  const { relay, caller } = await relayed();
  const taking = await stage.begin(caller);
  taking.send(...parcel(one, 0), ...parcel(two, 1), ...beginning(bigLetter(3_000_000), 2));
  expect(told([await taking.next()])).toEqual([[0, 'stored']]);
  taking.goAway();
  await expect.poll(() => heldBy(caller)).toHaveLength(2);
  expect(told(await stage.takeIn(caller, [two]))).toEqual([[0, 'there-already']]);
  expect(relay.commands.filter((command) => command.startsWith('APPEND')).length).toBeLessThanOrEqual(3);
});

it('ends when the server cannot be reached any more, and tells which message it could not store', async () => {
  const relay = await startImapRelay(stage.host.dovecot.ports.imap);
  const caller = relay.through(await stage.somebody());
  const taking = await stage.begin(caller);
  taking.send(...parcel(one, 0));
  expect(told([await taking.next()])).toEqual([[0, 'stored']]);
  await relay.stop();
  taking.send(...parcel(two, 1));
  expect(told(await taking.rest())).toEqual([
    [1, 'connect-failed'],
    [null, 'connect-failed'],
  ]);
  expect(await heldBy(caller)).toHaveLength(1);
});
