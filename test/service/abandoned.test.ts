/**
 * A caller who leaves before there is anything to leave: is the session that was being opened for it free soon?
 */
import { expect, it } from 'vitest';
import { startLink } from '../support/kill-link.ts';
import { letter } from '../support/mail.ts';
import { downloaded } from '../support/pop-client.ts';
import { popStage } from '../support/pop-stage.ts';
import { accountHeaders, type Caller } from '../support/postern.ts';
import { startRelay } from '../support/relay.ts';

const stage = popStage();

it('frees the maildrop within seconds when a download is reset while its session is opened', async () => {
  const { user, password } = await stage.callerWith([letter('abandoned')], 'cleartext');
  const relay = await startRelay(stage.host.dovecot.ports.pop3);
  const http = await startLink(() => stage.postern.workers.port);
  const caller: Caller = { user, password, mailServer: `pop3://127.0.0.1:${relay.port}?security=none` };
  const reached = relay.stopAt({ session: 1, verb: 'UIDL', nth: 1, at: 'reply' });
  const call = fetch(`http://127.0.0.1:${http.port}/v1/pop/downloads`, {
    method: 'POST',
    headers: { ...accountHeaders(caller), 'Content-Type': 'application/json' },
    body: '{}',
  });
  await reached;
  http.cut('RST');
  await expect(call).rejects.toThrow('fetch failed');
  relay.release();
  const startedAt = Date.now();
  expect((await downloaded(stage.postern, caller)).messages).toHaveLength(1);
  expect(Date.now() - startedAt).toBeLessThan(10_000);
  await http.stop();
  await relay.stop();
});
