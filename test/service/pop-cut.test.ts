/**
 * The mail connection is cut at every stage of download → acknowledge: is every message still on the server or
 * acknowledged, and does the next attempt bring all of them?
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { digestsIn, sha256Of } from '../support/maildir.ts';
import { Collector } from '../support/pop-client.ts';
import { flavours, letters, stageName, stagesOf } from '../support/pop-points.ts';
import { popStage } from '../support/pop-stage.ts';
import { type Relay, startRelay } from '../support/relay.ts';

const digests = letters.map(sha256Of);

describe.each(flavours)('$name', (flavour) => {
  const stage = popStage();
  let relay: Relay;
  beforeAll(async () => {
    relay = await startRelay(stage.host.dovecot.ports.pop3, flavour.hidden);
  });
  afterAll(() => relay.stop());

  it.each(stagesOf(flavour).map((point) => [stageName(point), point] as const))(
    'loses nothing: %s',
    async (_name, point) => {
      const caller = await stage.callerWith(letters, 'cleartext');
      const collector = new Collector(stage.postern, {
        ...caller,
        mailServer: `pop3://127.0.0.1:${relay.port}?security=none`,
      });
      const start = Date.now();
      const reached = relay.stopAt(point);
      const round = collector.round();
      await Promise.race([reached, round.then((troubles) => expect.fail(`never got there: ${troubles}`))]);
      relay.cut();
      const troubles = await round;
      expect(Date.now() - start, 'ms until the failure was known').toBeLessThan(5000);
      // A cut that comes when all is said is nobody's failure, nor is one behind which all is found to be done.
      // Sent ahead, a message is complete when its marker, which comes behind it, was right.
      const isLast = point.verb === 'QUIT' || (point.verb === 'RETR' && point.nth === 5 && flavour.hidden.length > 0);
      const isDone = point.verb === 'QUIT' && point.at === 'reply';
      const isHarmless = isDone || (point.at === 'end' && isLast);
      expect(troubles).toEqual(isHarmless ? [] : ['connection-lost']);

      // An acknowledgement of nothing leaves a session that would stay for a while.
      relay.cut();
      await relay.settled();
      const onDisk = await digestsIn(stage.host.dovecot.maildir(caller.user));
      const isLost = (digest: string) => !onDisk.includes(digest) && !collector.acknowledged.has(digest);
      expect(digests.filter(isLost), 'neither on the server nor acknowledged').toEqual([]);
      if (point.session === 2) expect(onDisk).toHaveLength(point.verb === 'QUIT' && point.at !== 'command' ? 0 : 5);

      expect(await collector.round()).toEqual([]);
      expect([...collector.kept.keys()].sort()).toEqual([...digests].sort());
      expect(await digestsIn(stage.host.dovecot.maildir(caller.user))).toEqual([]);
    },
  );
});
