/**
 * Does an account that nobody asks for any more still cost anything?
 */
import { readdirSync } from 'node:fs';
import { expect, it } from 'vitest';
import { MaildropPageSchema } from '../../src/maildrop/schema/message.ts';
import { withPopServer } from '../support/pop-script.ts';
import { startPostern } from '../support/postern.ts';

it('leaves no file and no connection open when its session is over', async () => {
  const postern = await startPostern({});
  const open = (): number => readdirSync(`/proc/${postern.workers.pid}/fd`).length;
  await withPopServer({}, async (server) => {
    const callAs = (user: string) =>
      postern.json(MaildropPageSchema, { ...server.caller(), user }, '/v1/pop/messages?limit=1');
    await callAs('first@scripted.example');
    const before = open();
    for (let number = 0; number < 300; number++) await callAs(`${number}@scripted.example`);
    expect(open()).toBeGreaterThan(before + 300);
    // The object goes when its session has been closed and it has had nothing to do for ten seconds.
    await expect.poll(open, { timeout: 60_000, interval: 500 }).toBeLessThanOrEqual(before + 10);
  });
  await postern.stop();
});
