/**
 * How does something that Debian has come onto this machine?
 *
 * Plain JavaScript for Node 20 without any package. Installs Debian's packages and nothing else: a server that they
 * would start is not started, and one that runs already is left alone.
 */

import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';

const POLICY = '/usr/sbin/policy-rc.d';

/**
 * Installs packages where that needs no question: as root, on a system with apt.
 * @param {string} what they are, for people, such as `Python 3`
 * @param {readonly string[]} packages
 * @param {(line: string) => void} say
 * @returns {string | undefined} why not, in one line with the remedy; undefined when it went well
 */
export function installByApt(what, packages, say) {
  const byHand = `install it by hand: apt-get install ${packages.join(' ')}`;
  if (findExecutable('apt-get') === undefined) return `there is no apt-get here; install ${what}.`;
  if (process.getuid?.() !== 0) return `this is not root; ${byHand}`;
  say(`Installing ${what} (apt-get install ${packages.join(' ')}) ...`);
  // Ctrl-C ends apt-get; we go on until the policy is gone again.
  const carryOn = () => {};
  process.on('SIGINT', carryOn);
  process.on('SIGTERM', carryOn);
  // Debian's packages start their server at once, with the system's ports and users. This policy is how a
  // system says that nothing shall be started (Debian's invoke-rc.d asks it). One that is there already is kept.
  const isOurPolicy = !existsSync(POLICY);
  try {
    if (isOurPolicy) writeFileSync(POLICY, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
    const problem =
      aptGet(['update']) ??
      aptGet(['install', '--yes', '--no-install-recommends', '-o', 'DPkg::Lock::Timeout=60', ...packages]);
    return problem === undefined ? undefined : `${problem}; put that right and ${byHand}`;
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
  return `apt-get ${args[0]} failed (${reason})`;
}

/**
 * @param {string} name of a program
 * @returns {string | undefined} its path
 */
export function findExecutable(name) {
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
