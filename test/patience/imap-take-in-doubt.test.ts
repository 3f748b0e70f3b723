/**
 * A message whose connection was lost at its very end is sent again when some time has passed, if it is certain that it has not come;
 * and never otherwise.
 */
import { setTimeout as passing } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { limits } from '../../src/core/limits.ts';
import { letter } from '../support/mail.ts';
import type { Caller } from '../support/postern.ts';
import { dovecotTakeInStage, told } from '../support/take-in-dovecot.ts';

const stage = dovecotTakeInStage();
const { relayed, heldBy } = stage;

const lost = letter('lost');
const sibling = letter('lost', 'This has another way behind it.');
const stored = expect.objectContaining({ outcome: 'stored' });
const inDoubt = { index: 0, outcome: 'failed', failure: { kind: 'storing-in-doubt' } };

it.concurrent.each([
  ['nothing has come since', async () => undefined, stored],
  [
    'all that has come since is known, be it with the same Message-ID',
    async (caller: Caller) => {
      await stage.host.dovecot.deliver(caller.user, 'INBOX', letter('other'));
      expect(told(await stage.takeIn(caller, [letter('one'), sibling]))).toEqual([
        [0, 'stored'],
        [1, 'stored'],
      ]);
    },
    stored,
  ],
  [
    'something that came since has left',
    async (caller: Caller) => {
      await stage.host.dovecot.deliver(caller.user, 'INBOX', letter('other'));
      const program = await stage.program(caller);
      await program.command('STORE 2 +FLAGS (\\Deleted)');
      await program.command('EXPUNGE');
      await program.logout();
    },
    inDoubt,
  ],
  [
    'another has come with its Message-ID',
    (caller: Caller) => stage.host.dovecot.deliver(caller.user, 'INBOX', sibling),
    inDoubt,
  ],
] as const)('when %s', async (_, happen, then) => {
  const { relay, caller } = await relayed(letter('before'));
  void relay.loseAt(/^is lost\.$/, 'unsent');
  const [first] = await stage.takeIn(caller, [lost]);
  expect(first).toMatchObject({ failure: { kind: 'storing-in-doubt', retryAfterSeconds: expect.any(Number) } });
  await happen(caller);
  await passing(limits.doubtMs / 2);
  // Asking does not begin the time anew.
  expect(told(await stage.takeIn(caller, [lost]))).toEqual([[0, 'storing-in-doubt']]);
  await passing(limits.doubtMs / 2 + 1_000);
  const before = (await heldBy(caller)).length;
  expect(await stage.takeIn(caller, [lost])).toEqual([then]);
  expect(await heldBy(caller)).toHaveLength(before + (then === stored ? 1 : 0));
});
