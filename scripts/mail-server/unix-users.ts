/**
 * Who may log in to a mail server that knows only the users of its system?
 *
 * Users of the system in the server's root, with passwords in its shadow file, and mail in /var/mail that arrives by
 * procmail, which locks a mailbox as these servers do.
 */

import type { Chroot } from './chroot.ts';
import { withUnixLineEnds } from './peer.ts';

/** The files that a server with such users needs. */
export const unixUserFiles = (pamService: string): Record<string, string> => ({
  // As Debian has it, without the two seconds for a wrong password.
  [`/etc/pam.d/${pamService}`]: 'auth required pam_unix.so nodelay\naccount required pam_unix.so\n',
  // How long it waits before it looks again at a mailbox that is locked; 8 s if not told.
  '/etc/procmailrc': 'LOCKSLEEP=1\n',
});

export async function addUnixUser(chroot: Chroot, user: string, password: string): Promise<void> {
  // An old, empty mailbox: into one of this very second procmail delivers a second later, so that `biff` sees it.
  const command = `
    useradd --create-home --skel /nonexistent "$1"
    { printf '%s:' "$1"; cat; } | chpasswd --crypt-method SHA256 --sha-rounds 1000
    install -o "$1" -g mail -m 0660 /dev/null "/var/mail/$1"
    touch --date=2000-01-01 "/var/mail/$1"`;
  await chroot.run(['sh', '-ec', command, 'sh', user], `${password}\n`);
}

/**
 * Into the user's mbox, once no session holds it (pop3d of mailutils holds it from login to QUIT). Takes a second when
 * a server has looked into the empty mbox within this one. `From ` at the beginning of a line gets `>` before it, and
 * an unfinished last line its end.
 */
export async function deliverByProcmail(chroot: Chroot, user: string, bytes: Uint8Array): Promise<void> {
  await chroot.run(['procmail', '-d', user], withUnixLineEnds(bytes));
}
