/**
 * The mail connection is cut at every stage of a prune: is every message there that was not told as deleted, and does the next
 * call do what is left to do? (`test/breaks/cut-pop-prune.test.ts` cuts behind every byte.)
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { digestsIn, sha256Of } from '../support/maildir.ts';
import { aged, pruned, prunePath } from '../support/pop-aged.ts';
import { flavours, points } from '../support/pop-points.ts';
import { popStage } from '../support/pop-stage.ts';
import { type Relay, startRelay } from '../support/relay.ts';

const letters = [30, 20, 1].map((day) => aged(`${day}`, { received: day }));
const digests = letters.map(sha256Of);
const body = { olderThanDays: 7 };

const stages = [
  ...points(1, 'TOP', [3], ['command', 'middle']),
  ...points(1, 'DELE', [1, 2], ['command', 'reply']),
  ...points(1, 'QUIT', [1], ['command', 'reply', 'middle', 'end']),
];

describe.each(flavours)('$name', ({ hidden }) => {
  const stage = popStage();
  let relay: Relay;
  beforeAll(async () => {
    relay = await startRelay(stage.host.dovecot.ports.pop3, hidden);
  });
  afterAll(() => relay.stop());

  it.each(stages.map((point) => [`${point.verb} ${point.nth}, at its ${point.at}`, point] as const))(
    'loses nothing: %s',
    async (_name, point) => {
      const account = await stage.callerWith(letters, 'cleartext');
      const caller = { ...account, mailServer: `pop3://127.0.0.1:${relay.port}?security=none` };
      const reached = relay.stopAt(point);
      const answering = stage.postern.call(caller, prunePath, { body });
      await Promise.race([reached, answering.then(({ status }) => expect.fail(`never got there: ${status}`))]);
      relay.cut();
      const answer = await answering;
      await relay.settled();
      const left = await digestsIn(stage.host.dovecot.maildir(account.user));
      // Behind the answer to QUIT nothing can be cut any more.
      const isDone = point.verb === 'QUIT' && point.at === 'end';
      expect(answer.status).toBe(isDone ? 200 : 502);
      expect(await answer.json()).toMatchObject(isDone ? { deleted: 2 } : { type: '/problems/connection-lost' });
      expect(left).toEqual(point.verb === 'QUIT' && point.at !== 'command' ? digests.slice(2) : digests);

      expect(await pruned(stage.postern, caller, body)).toMatchObject({ deleted: left.length - 1, kept: 1 });
      expect(await digestsIn(stage.host.dovecot.maildir(account.user))).toEqual(digests.slice(2));
    },
  );
});
