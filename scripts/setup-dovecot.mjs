/**
 * Is Dovecot on this machine, and can we put it there?
 *
 * Plain JavaScript for Node 20 without any package. Installs Debian's packages and nothing else: the server that they
 * would start is not started, and one that runs already is left alone.
 */

import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';

const PACKAGES = ['dovecot-imapd', 'dovecot-pop3d', 'openssl'];
const BY_HAND = `install it by hand: apt-get install ${PACKAGES.join(' ')}`;
/** Debian's place for Dovecot's programs; each protocol is a package of its own. */
const LIBEXEC = '/usr/lib/dovecot';
const POLICY = '/usr/sbin/policy-rc.d';

/** @returns {string | undefined} the path of a Dovecot that speaks both protocols */
export function findDovecot() {
  const isComplete = !existsSync(LIBEXEC) || ['imap', 'pop3'].every((protocol) => existsSync(join(LIBEXEC, protocol)));
  return isComplete ? findExecutable('dovecot') : undefined;
}

/**
 * Installs it where that needs no question: as root, on a system with apt.
 * @param {(line: string) => void} say
 * @returns {string | undefined} why not, in one line with the remedy; undefined when it went well
 */
export function installDovecot(say) {
  if (findExecutable('apt-get') === undefined) return 'install Dovecot 2.3 or 2.4 with its IMAP and POP3 servers.';
  if (process.getuid?.() !== 0) return `this is not root; ${BY_HAND}`;
  say(`Installing Dovecot (apt-get install ${PACKAGES.join(' ')}) ...`);
  // Ctrl-C ends apt-get; we go on until the policy is gone again.
  const carryOn = () => {};
  process.on('SIGINT', carryOn);
  process.on('SIGTERM', carryOn);
  // Debian's packages start their server at once, on ports 143 and 110 with the system's users. This policy is how a
  // system says that nothing shall be started (Debian's invoke-rc.d asks it). One that is there already is kept.
  const isOurPolicy = !existsSync(POLICY);
  try {
    if (isOurPolicy) writeFileSync(POLICY, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
    return (
      aptGet(['update']) ??
      aptGet(['install', '--yes', '--no-install-recommends', '-o', 'DPkg::Lock::Timeout=60', ...PACKAGES])
    );
  } finally {
    if (isOurPolicy) rmSync(POLICY, { force: true });
    process.off('SIGINT', carryOn);
    process.off('SIGTERM', carryOn);
  }
}

/**
 * @param {string[]} args
 * @returns {string | undefined} what went wrong
 */
function aptGet(args) {
  const { status, stdout, stderr } = spawnSync('apt-get', ['-q', ...args], {
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C' },
    encoding: 'utf8',
  });
  if (status === 0) return undefined;
  const reason = `${stdout}\n${stderr}`.split('\n').findLast((line) => line.startsWith('E:')) ?? `status ${status}`;
  return `apt-get ${args[0]} failed (${reason}); put that right and ${BY_HAND}`;
}

/** @param {string} name */
function findExecutable(name) {
  const places = [...(process.env.PATH ?? '').split(delimiter), '/usr/local/sbin', '/usr/sbin', '/usr/bin'];
  return places.map((place) => join(place, name)).find(isExecutable);
}

/** @param {string} path */
function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    // Not there, or not for us: the question was only whether.
    return false;
  }
}
