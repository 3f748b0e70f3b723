/**
 * Is Dovecot on this machine, and can we put it there?
 *
 * Plain JavaScript for Node 20 without any package.
 */

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { findExecutable, installByApt } from './setup-apt.mjs';

const PACKAGES = ['dovecot-imapd', 'dovecot-pop3d', 'openssl'];
/** Debian's place for Dovecot's programs; each protocol is a package of its own. */
const LIBEXEC = '/usr/lib/dovecot';

/** @returns {string | undefined} the path of a Dovecot that speaks both protocols */
export function findDovecot() {
  const isComplete = !existsSync(LIBEXEC) || ['imap', 'pop3'].every((protocol) => existsSync(join(LIBEXEC, protocol)));
  return isComplete ? findExecutable('dovecot') : undefined;
}

/**
 * @param {(line: string) => void} say
 * @returns {string | undefined} why not, in one line with the remedy; undefined when it went well
 */
export const installDovecot = (say) => installByApt('Dovecot 2.3 or 2.4 with its IMAP and POP3 servers', PACKAGES, say);
