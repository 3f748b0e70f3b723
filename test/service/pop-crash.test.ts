/**
 * Postern is killed (SIGKILL, both Workers) at every stage of download → acknowledge: is every message still on the
 * server or acknowledged, and does the next attempt bring all of them?
 *
 * What is on its way when it dies arrives afterwards: the worst that a server can be told.
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
      const reached = relay.stopAt(point);
      const round = collector.round();
      // Where all was said already, the answer and the kill race each other; whoever wins, nothing may be lost.
      await Promise.race([reached, round.then(() => reached)]);
      await stage.postern.crashAndRestart();
      relay.release();
      await round;

      await relay.settled();
      const onDisk = await digestsIn(stage.host.dovecot.maildir(caller.user));
      const isLost = (digest: string) => !onDisk.includes(digest) && !collector.acknowledged.has(digest);
      expect(digests.filter(isLost), 'neither on the server nor acknowledged').toEqual([]);
      if (point.session === 2) expect(onDisk).toHaveLength(point.verb === 'QUIT' ? 0 : 5);

      expect(await collector.round()).toEqual([]);
      expect([...collector.kept.keys()].sort()).toEqual([...digests].sort());
      expect(await digestsIn(stage.host.dovecot.maildir(caller.user))).toEqual([]);
    },
  );
});
