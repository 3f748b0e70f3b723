/**
 * When has Dovecot started, and what went wrong when it has not?
 *
 * Prepares the directory that one Dovecot lives in, starts it there and waits until each of its ports greets.
 */

import { execFile } from 'node:child_process';
import { chmod, chown, mkdir, readFile, writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { freePorts } from '../free-ports.ts';
import { type Leashed, leash } from '../leash.ts';
import { type DovecotSettings, dovecotConfig, layout, type MailPorts, oauth2Config } from './dovecot-config.ts';
import { greetingOf } from './greeting.ts';
import type { Owner } from './maildir.ts';

const run = promisify(execFile);

/** How long a start may take on a busy machine; it takes about 0.2 s on an idle one. */
const START_TIMEOUT_MS = 20_000;
const POLL_MS = 20;
/** Another program may take a port between our asking for a free one and Dovecot's using it. */
const PORT_ATTEMPTS = 5;

export interface DovecotProcess {
  readonly ports: MailPorts;
  readonly leashed: Leashed;
}

/** Who owns the mail: as root an unprivileged user of the system, otherwise ourselves. */
export async function mailAccount(): Promise<
  Pick<DovecotSettings, 'mailUser' | 'mailGroup' | 'runAs'> & { owner?: Owner }
> {
  const { uid, gid, username } = userInfo();
  if (uid !== 0) {
    const group = (await run('id', ['-gn'])).stdout.trim();
    return { mailUser: String(uid), mailGroup: String(gid), runAs: { user: username, group } };
  }
  for (const user of ['mail', 'nobody']) {
    try {
      const [mailUid = '', mailGid = ''] = (
        await run('sh', ['-c', 'id -u "$1" && id -g "$1"', 'sh', user])
      ).stdout.split('\n');
      return { mailUser: mailUid, mailGroup: mailGid, owner: { uid: Number(mailUid), gid: Number(mailGid) } };
    } catch (error) {
      // `id` says 1 for a user that does not exist.
      if (!(error instanceof Error && 'code' in error && error.code === 1)) throw error;
    }
  }
  throw new Error('this system has neither a user "mail" nor a user "nobody" to own the mail');
}

/** Makes the directories. Mail processes run as the mail user, and login processes as another: both must get through. */
export async function prepareDirectory(directory: string, owner: Owner | undefined): Promise<void> {
  await chmod(directory, 0o755);
  await mkdir(layout.mail(directory), { mode: 0o700 });
  if (owner) await chown(layout.mail(directory), owner.uid, owner.gid);
  await writeFile(layout.log(directory), '');
}

export async function launchDovecot(
  executable: string,
  env: NodeJS.ProcessEnv,
  settings: Omit<DovecotSettings, 'ports'>,
  ca: string,
): Promise<DovecotProcess> {
  const { directory } = settings;
  for (let attempt = 1; ; attempt += 1) {
    const [imap = 0, imaps = 0, pop3 = 0, pop3s = 0] = await freePorts(4);
    const ports = { imap, imaps, pop3, pop3s };
    await writeFile(layout.config(directory), dovecotConfig({ ...settings, ports }), { mode: 0o644 });
    const oauth2 = oauth2Config({ ...settings, ports });
    if (oauth2 !== null) await writeFile(layout.oauth2(directory), oauth2, { mode: 0o600 });
    const printed: string[] = [];
    const leashed = await leash(executable, ['-F', '-c', layout.config(directory)], {
      env,
      directory,
      onLine: (line) => printed.push(line),
    });
    const problem = await Promise.race([leashed.ended.then((how) => `it ended with ${how}`), untilItGreets(ports, ca)]);
    if (problem === undefined) return { ports, leashed };
    await leashed.kill();
    const report = [
      ...printed,
      ...(await readFile(layout.log(directory), 'utf8')).trimEnd().split('\n').slice(-15),
    ].join('\n');
    if (attempt < PORT_ATTEMPTS && report.includes('Address already in use')) continue;
    throw new Error(`Dovecot ${settings.version} did not start: ${problem}\n${report}`);
  }
}

/** Undefined once all ports greet; what is missing when the time is up. */
async function untilItGreets(ports: MailPorts, ca: string): Promise<string | undefined> {
  const deadline = Date.now() + START_TIMEOUT_MS;
  for (const [name, port] of Object.entries(ports)) {
    while ((await greetingOf(port, name.endsWith('s') ? ca : undefined)) === undefined) {
      if (Date.now() > deadline) return `no greeting on its ${name} port after ${START_TIMEOUT_MS} ms`;
      await delay(POLL_MS);
    }
  }
  return undefined;
}
