/**
 * How does popa3d run for the length of a test?
 *
 * A process per connection, from inetd, over an mbox. What it is good for: a POP3 server without CAPA, in which two
 * different messages can have the same UIDL.
 */

import { type Ports, type Setup, startChroot } from './chroot.ts';
import { accountsOf, type MailPeer, type PeerOptions } from './peer.ts';
import { addUnixUser, deliverByProcmail, unixUserFiles } from './unix-users.ts';

export async function startPopa3d(options: PeerOptions = {}): Promise<MailPeer> {
  const chroot = await startChroot({ name: 'popa3d', protocols: ['pop3'], setup: setupOf });
  const nextAccount = accountsOf(options);
  return {
    name: 'popa3d',
    version: await chroot.versionOf('popa3d'),
    ports: { pop3: chroot.ports.pop3 },
    async addAccount() {
      const { user, password } = nextAccount();
      await addUnixUser(chroot, user, password);
      return { user, password };
    },
    deliver: (user, bytes) => deliverByProcmail(chroot, user, bytes),
    log: async () => chroot.log(),
    stop: () => chroot.stop(),
  };
}

const setupOf = ({ pop3 }: Ports): Setup => ({
  files: {
    ...unixUserFiles('popa3d'),
    '/etc/inetd.conf': `127.0.0.1:${pop3} stream tcp4 nowait root /usr/sbin/popa3d popa3d\n`,
  },
  // Its own limit is 256 connections a minute.
  start: 'keep inetd -i -R 100000\n',
});
