/**
 * With what is an account looked at whose capsule holds a refresh token?
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { letter } from '../support/mail.ts';
import { bearer, oauth2Stage } from '../support/oauth2-stage.ts';
import { type Receiver, startReceiver } from '../support/receiver.ts';
import { quickTimes, subscriptionsPath, toldBy } from '../support/watch-stage.ts';

const stage = oauth2Stage({ variables: quickTimes });
let receiver: Receiver;
beforeAll(async () => {
  receiver = await startReceiver();
});
afterAll(() => receiver.stop());

const Told = z.looseObject({ id: z.string() });

it.each(['imap', 'pop3'] as const)(
  'with access tokens, one as long as it lasts and then another; and no more when the grant has ended (%s)',
  async (protocol) => {
    const { user } = await stage.somebody(protocol);
    stage.provider.manner.replacesRefreshTokens = true;
    const headers = bearer(await stage.capsule(`?protocol=${protocol}`));
    const body = { url: receiver.url(), secret: receiver.secret, pollSeconds: 1 };
    const { id } = await stage.postern.json(Told, null, subscriptionsPath, { body, headers });
    const arrives = async (label: string): Promise<void> => {
      await stage.host.dovecot.deliver(user, 'INBOX', letter(label));
      expect(toldBy(await receiver.next()).data.subscriptionId).toBe(id);
    };
    const before = stage.provider.refreshes;
    await arrives('with-the-first');
    await arrives('with-the-first-still');
    expect(stage.provider.refreshes).toBe(before);
    stage.provider.endAccessTokens();
    await arrives('with-another');
    expect(stage.provider.refreshes).toBe(before + 1);
    // What has replaced the refresh token is known to whoever looks next.
    await stage.postern.crashAndRestart();
    await arrives('after-everything-was-killed');
    stage.provider.revoke(user);
    stage.provider.endAccessTokens();
    const isSaid = (line: string): boolean =>
      ['watch.failed', 'grant-revoked', `"${protocol}"`].every((word) => line.includes(word));
    await expect.poll(() => stage.postern.log.some(isSaid)).toBe(true);
  },
);
