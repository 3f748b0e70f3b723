/**
 * Which mail servers must Postern get along with?
 *
 * All that tests are run against, by name. Dovecot, which the demo uses too, is the machine's own; the others live in
 * roots of their own (`roots.ts`).
 */

import { startCourier } from './courier.ts';
import { startCyrus } from './cyrus.ts';
import { startDovecot } from './dovecot.ts';
import { startMailutils } from './mailutils.ts';
import { accountsOf, type MailPeer, type PeerOptions } from './peer.ts';
import { startPopa3d } from './popa3d.ts';

export const startPeer: Readonly<Record<MailPeer['name'], (options?: PeerOptions) => Promise<MailPeer>>> = {
  dovecot: startDovecotPeer,
  courier: startCourier,
  cyrus: startCyrus,
  mailutils: startMailutils,
  popa3d: startPopa3d,
};

/** Made before Dovecot starts: while it runs, it takes up to a second to see one more. */
const PREPARED_ACCOUNTS = 100;

async function startDovecotPeer(options: PeerOptions = {}): Promise<MailPeer> {
  const prepareAccount = accountsOf(options);
  const prepared = Array.from({ length: PREPARED_ACCOUNTS }, prepareAccount);
  const dovecot = await startDovecot({ users: prepared });
  return {
    name: 'dovecot',
    version: dovecot.version,
    ports: { imap: dovecot.ports.imap, pop3: dovecot.ports.pop3 },
    async addAccount() {
      const ready = prepared.shift();
      if (ready !== undefined) return ready;
      const account = prepareAccount();
      await dovecot.addUser(account.user, account.password);
      return account;
    },
    deliver: (user, bytes) => dovecot.deliver(user, 'INBOX', bytes),
    log: () => dovecot.log(),
    stop: () => dovecot.stop(),
  };
}
