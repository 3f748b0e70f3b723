/**
 * How do GNU mailutils' imap4d and pop3d run for the length of a test?
 *
 * Both over the same mailboxes. What they are good for: an IMAP server without UIDPLUS, MOVE and keywords, with NIL for
 * INBOX's delimiter, and a POP3 server that adds lines to headers.
 */

import { type Ports, type Setup, startChroot } from './chroot.ts';
import { deliver } from './maildir.ts';
import { accountsOf, type MailPeer, type PeerOptions, withUnixLineEnds } from './peer.ts';
import { addUnixUser, deliverByProcmail, unixUserFiles } from './unix-users.ts';

export interface MailutilsOptions extends PeerOptions {
  /** Mail in maildirs, not in mboxes: then every POP3 login is answered with `[IN-USE]`, two seconds later. */
  readonly lockedMaildrop?: boolean;
}

export async function startMailutils(options: MailutilsOptions = {}): Promise<MailPeer> {
  const { lockedMaildrop = false } = options;
  const chroot = await startChroot({ name: 'mailutils', setup: (ports) => setupOf(ports, lockedMaildrop) });
  const nextAccount = accountsOf(options);
  return {
    name: 'mailutils',
    version: await chroot.versionOf('mailutils-imap4d'),
    ports: chroot.ports,
    async addAccount() {
      const { user, password } = nextAccount();
      await addUnixUser(chroot, user, password);
      const makeMaildir = 'cd "/home/$1"; install -d -o "$1" -g "$1" -m 0700 mail mail/cur mail/new mail/tmp';
      if (lockedMaildrop) await chroot.run(['sh', '-ec', makeMaildir, 'sh', user]);
      return { user, password };
    },
    async deliver(user, bytes) {
      if (!lockedMaildrop) return deliverByProcmail(chroot, user, bytes);
      const id = Number(await chroot.run(['id', '--user', user]));
      await deliver(chroot.outside(`/home/${user}/mail`), 'INBOX', withUnixLineEnds(bytes), { uid: id, gid: id });
    },
    log: async () => chroot.log(),
    stop: () => chroot.stop(),
  };
}

const setupOf = ({ imap, pop3 }: Ports, lockedMaildrop: boolean): Setup => {
  const common = `
mode daemon;
foreground yes;
max-children 200;
pam { service postern; };
acl { allow any; };
${lockedMaildrop ? `mailbox { mailbox-type maildir; mailbox-pattern "maildir:/home/\${user}/mail"; };` : ''}
`;
  return {
    files: {
      ...unixUserFiles('postern'),
      '/etc/imap4d.conf': `${common}login-disabled no;\nserver 127.0.0.1:${imap} { single-process no; };\n`,
      '/etc/pop3d.conf': `${common}server 127.0.0.1:${pop3} { };\n`,
    },
    start: `
keep imap4d --no-site-config --config-file=/etc/imap4d.conf
keep pop3d --no-site-config --config-file=/etc/pop3d.conf
`,
  };
};
