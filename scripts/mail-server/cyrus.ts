/**
 * How does Cyrus run for the length of a test?
 *
 * Its IMAP and POP3 servers over the same mailboxes. What it is good for: strictness (it refuses NUL and broken
 * headers), CONDSTORE, QRESYNC and OBJECTID, EXPIRE and APOP.
 */

import { once } from 'node:events';
import { connect } from 'node:net';
import { createInterface } from 'node:readline/promises';
import { type Ports, type Setup, startChroot } from './chroot.ts';
import { accountsOf, type MailPeer, type PeerOptions } from './peer.ts';

const REALM = 'localhost';

export async function startCyrus(options: PeerOptions = {}): Promise<MailPeer> {
  const chroot = await startChroot({ name: 'cyrus', setup: setupOf });
  const nextAccount = accountsOf(options);
  const passwords = new Map<string, string>();
  return {
    name: 'cyrus',
    version: await chroot.versionOf('cyrus-imapd'),
    ports: chroot.ports,
    async addAccount() {
      const { user, password } = nextAccount();
      // Without a line end, which would be part of the password.
      await chroot.run(['saslpasswd2', '-p', '-c', '-u', REALM, user], password);
      passwords.set(user, password);
      // Cyrus makes the mailboxes when the user first logs in.
      await imap(chroot.ports.imap, user, password);
      return { user, password };
    },
    async deliver(user, bytes) {
      const password = passwords.get(user);
      if (password === undefined) throw new Error(`there is no account '${user}'`);
      // By a session of its own: LMTP would add header lines.
      await imap(chroot.ports.imap, user, password, bytes);
    },
    log: async () => chroot.log(),
    stop: () => chroot.stop(),
  };
}

/** Logs in, appends the message to INBOX if there is one, logs out. */
async function imap(port: number, user: string, password: string, message?: Uint8Array): Promise<void> {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  socket.write(`a LOGIN ${user} "${password}"\r\n`);
  if (message !== undefined) {
    // The `+` spares waiting for the server to ask for the message (RFC 7888).
    socket.write(`b APPEND INBOX {${message.length}+}\r\n`);
    socket.write(message);
    socket.write('\r\n');
  }
  socket.write('c LOGOUT\r\n');
  for await (const line of createInterface({ input: socket })) {
    if (/^[ab] (NO|BAD)/.test(line)) throw new Error(`Cyrus does not take it: ${line}`);
    if (line.startsWith('c OK')) return;
  }
  throw new Error('Cyrus closed the connection');
}

const setupOf = ({ imap, pop3 }: Ports): Setup => ({
  files: {
    '/etc/cyrus.conf': `
START {
  recover cmd="/usr/sbin/cyrus ctl_cyrusdb -r"
}
SERVICES {
  imap cmd="imapd -U 30" listen="127.0.0.1:${imap}" prefork=0 maxchild=200
  pop3 cmd="pop3d -U 30" listen="127.0.0.1:${pop3}" prefork=0 maxchild=100
}
EVENTS {
  checkpoint cmd="/usr/sbin/cyrus ctl_cyrusdb -c" period=30
}
DAEMON {
  idled cmd="idled"
}
`,
    '/etc/imapd.conf': `
configdirectory: /var/lib/cyrus
proc_path: /run/cyrus/proc
mboxname_lockpath: /run/cyrus/lock
defaultpartition: default
partition-default: /var/spool/cyrus/mail
idlesocket: /run/cyrus/socket/idle
servername: ${REALM}
admins: cyrus
altnamespace: no
unixhierarchysep: no
allowplaintext: yes
sasl_mech_list: PLAIN LOGIN
sasl_pwcheck_method: auxprop
sasl_auxprop_plugin: sasldb
conversations: yes
autocreate_quota: 0
autocreate_post: yes
autocreate_inbox_folders: Sent|Drafts|Trash|Junk|Archive
autocreate_subscribe_folders: Sent|Drafts|Trash|Junk|Archive
xlist-sent: Sent
xlist-drafts: Drafts
xlist-trash: Trash
xlist-junk: Junk
xlist-archive: Archive
unix_group_enable: 0
delete_mode: immediate
expunge_mode: delayed
popminpoll: 0
failedloginpause: 0
`,
  },
  start: `
install -d -o cyrus -g mail /run/cyrus /run/cyrus/proc /run/cyrus/lock /run/cyrus/socket
chown cyrus:sasl /etc/sasldb2
keep cyrmaster -D
`,
});
