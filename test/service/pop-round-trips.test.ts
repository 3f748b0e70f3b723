/**
 * How often does a download of 100 messages wait for the mail server?
 */
import { expect, it } from 'vitest';
import { letter } from '../support/mail.ts';
import { downloaded } from '../support/pop-client.ts';
import { popStage } from '../support/pop-stage.ts';
import { startRelay } from '../support/relay.ts';

const stage = popStage();

/** CAPA, AUTH, and UIDL with LIST; behind them come the messages. */
const beforeMessages = 3;
const lineOf60 = `${'x'.repeat(58)}\r\n`;

it.each([
  [4, 1],
  [25, 2],
])('a download of 100 messages of %d KB takes %d round trips behind the listing', async (kilobytes, most) => {
  const bytes = (index: number) => letter(`${kilobytes}-${index}`, lineOf60.repeat((kilobytes * 1024) / 60));
  const { user, password } = await stage.callerWith(
    Array.from({ length: 100 }, (_, index) => bytes(index)),
    'cleartext',
  );
  const relay = await startRelay(stage.host.dovecot.ports.pop3);
  try {
    const caller = { user, password, mailServer: `pop3://127.0.0.1:${relay.port}?security=none` };
    const { receipt } = await downloaded(stage.postern, caller, { format: 'raw' });
    expect(receipt?.count).toBe(100);
    expect(relay.sessions).toBe(1);
    expect(relay.turns - beforeMessages).toBeGreaterThan(0);
    expect(relay.turns - beforeMessages).toBeLessThanOrEqual(most);
  } finally {
    await relay.stop();
  }
});
