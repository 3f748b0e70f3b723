/**
 * How does Courier run for the length of a test?
 *
 * Its IMAP and POP3 servers over the same Maildirs, as Debian configures them. What it is good for: the prefix `INBOX.`,
 * and an IMAP server without MOVE, CONDSTORE, ESEARCH, SPECIAL-USE and UIDNEXT in SELECT.
 */

import { type Ports, type Setup, startChroot } from './chroot.ts';
import { deliver } from './maildir.ts';
import { accountsOf, type MailPeer, type PeerOptions, withUnixLineEnds } from './peer.ts';

/** Debian's number for the user and the group `mail`, the same on every system. */
const MAIL_ID = 8;
const homeOf = (user: string): string => `/srv/${user}`;
const maildirOf = (user: string): string => `${homeOf(user)}/Maildir`;

export async function startCourier(options: PeerOptions = {}): Promise<MailPeer> {
  const chroot = await startChroot({ name: 'courier', setup: setupOf });
  const nextAccount = accountsOf(options);
  const owner = { uid: MAIL_ID, gid: MAIL_ID };
  return {
    name: 'courier',
    version: await chroot.versionOf('courier-imap'),
    ports: chroot.ports,
    async addAccount() {
      const { user, password } = nextAccount();
      const command = `
        userdb "$1" set uid=${MAIL_ID} gid=${MAIL_ID} home="$2" mail="$3"
        userdbpw -md5 | userdb "$1" set systempw
        makeuserdb
        mkdir --mode=0700 "$2"
        maildirmake.courier "$3"
        chown --recursive ${MAIL_ID}:${MAIL_ID} "$2"`;
      await chroot.run(['sh', '-ec', command, 'sh', user, homeOf(user), maildirOf(user)], `${password}\n`);
      return { user, password };
    },
    deliver: (user, bytes) => deliver(chroot.outside(maildirOf(user)), 'INBOX', withUnixLineEnds(bytes), owner),
    log: async () => chroot.log(),
    stop: () => chroot.stop(),
  };
}

// Debian's own start scripts with two differences: they stay in the foreground, and the limit of connections from one
// address, which all test clients share, is the limit of connections (Debian: 20 for IMAP and 4 for POP3 of 40).
const listener = (config: string, port: number, program: string): string => `keep env -i sh -c '
  set -a
  . /etc/courier/${config}-ssl
  . /etc/courier/${config}
  IMAP_STARTTLS=$IMAPDSTARTTLS
  umask \${IMAP_UMASK:-077}
  exec couriertcpd -address=127.0.0.1 -maxprocs=$MAXDAEMONS -maxperip=$MAXDAEMONS $TCPDOPTS ${port} ${program} Maildir'
`;

const setupOf = ({ imap, pop3 }: Ports): Setup => ({
  files: {},
  start: `
install -m 0600 /dev/null /etc/courier/userdb
makeuserdb
sed -i 's/^authmodulelist=.*/authmodulelist=authuserdb/' /etc/courier/authdaemonrc
install -d -o courier -g courier /run/courier /run/courier/authdaemon
keep env -i sh -c 'set -a; . /etc/courier/authdaemonrc; exec /usr/lib/courier/courier-authlib/authdaemond'
await_socket /run/courier/authdaemon/socket
${listener('imapd', imap, '/usr/lib/courier/courier/imaplogin /usr/bin/imapd')}
${listener('pop3d', pop3, '/usr/lib/courier/courier/courierpop3login /usr/lib/courier/courier/courierpop3d')}`,
});
