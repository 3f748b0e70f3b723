/**
 * How does a real mail server run for the length of a demo or a test, and leave nothing behind?
 *
 * Dovecot as an ordinary child process on free loopback ports, with all it writes in one temporary directory.
 * The demo and the tests share it; what is in the mailboxes is theirs to say.
 */

import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { makeCertificates } from './certificates.ts';
import { type Introspection, layout, type MailPorts, ownMailboxes } from './dovecot-config.ts';
import { launchDovecot, mailAccount, prepareDirectory } from './dovecot-process.ts';
import { type Delivery, deliver } from './maildir.ts';
import { passwordFile } from './passwords.ts';

const run = promisify(execFile);

export interface MailUser {
  readonly user: string;
  readonly password: string;
}

export interface DovecotOptions {
  readonly users: readonly MailUser[];
  /** The server's executable. Default: `dovecot`, on the PATH or where Debian puts it. */
  readonly executable?: string;
  /** Connections of one user from one address, per protocol. Default 50. */
  readonly maxConnectionsPerUser?: number;
  /** How long the server makes a wrong password wait. Default 0, so that tests with wrong passwords are quick. */
  readonly authFailureDelaySeconds?: number;
  /** Access tokens are taken as well (OAUTHBEARER, XOAUTH2), and judged by this. Left out: passwords alone. */
  readonly introspection?: Introspection;
  /** More lines of configuration, for example 'pop3_lock_session = yes'. They win over ours. */
  readonly extraConfig?: string;
}

export interface Dovecot {
  /** As `dovecot --version` says, for example '2.3.19.1 (9b53102964)'. */
  readonly version: string;
  readonly ports: MailPorts;
  readonly directory: string;
  readonly caFile: string;
  /** The authority to trust, as PEM. */
  readonly ca: string;
  /** Folders that the server makes by itself for every user. */
  readonly ownMailboxes: readonly string[];
  /** Where a user's INBOX lies on disk; other folders lie in it as `folderPath` says. */
  maildir(user: string): string;
  /** Resolves when the user can log in. */
  addUser(user: string, password: string): Promise<void>;
  /** Resolves when the server accepts the new password, and so no longer the old one. */
  setPassword(user: string, password: string): Promise<void>;
  /** Makes empty folders ('Projects/2026') and subscribes to them. */
  createMailboxes(user: string, mailboxes: readonly string[]): Promise<void>;
  /** Puts a message into a folder behind the back of every session. See `deliver` in maildir.ts for the bytes. */
  deliver(user: string, mailbox: string, bytes: Uint8Array, delivery?: Delivery): Promise<void>;
  /** Ends the sessions of a user who has one, as an administrator does. */
  kick(user: string): Promise<void>;
  /** What the server has logged so far. */
  log(): Promise<string>;
  /** Ends all its processes and removes its directory. */
  stop(): Promise<void>;
}

/** Dovecot looks at its password file at most once a second. */
const PASSWORD_TIMEOUT_MS = 5000;
/** The process that counts sessions is told of one a moment after its login. */
const KICK_TIMEOUT_MS = 30_000;
const POLL_MS = 25;

export async function startDovecot(options: DovecotOptions): Promise<Dovecot> {
  const executable = options.executable ?? 'dovecot';
  const env = { ...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/usr/bin` };
  const version = (await run(executable, ['--version'], { env })).stdout.trim();
  // Here, and not in the project: mail processes run as a user who may not enter it, and a Unix socket's path is short.
  const directory = await mkdtemp(join(tmpdir(), 'postern-mail-'));
  const remove = () => rm(directory, { recursive: true, force: true });
  try {
    const { owner, ...account } = await mailAccount();
    await prepareDirectory(directory, owner);
    const certificates = await makeCertificates(directory);
    const ca = await readFile(certificates.caFile, 'utf8');
    const passwords = new Map(options.users.map(({ user, password }) => [user, password]));
    const writePasswords = passwordFile(layout.passwords(directory));
    await writePasswords(passwords);
    const settings = {
      ...account,
      ...{ version, directory, certificates },
      maxConnectionsPerUser: options.maxConnectionsPerUser ?? 50,
      authFailureDelaySeconds: options.authFailureDelaySeconds ?? 0,
      introspection: options.introspection,
      extraConfig: options.extraConfig ?? '',
    };
    const { ports, leashed } = await launchDovecot(executable, env, settings, ca);

    const doveadm = (...args: string[]) => run('doveadm', ['-c', layout.config(directory), ...args], { env });
    const setPassword = async (user: string, password: string): Promise<void> => {
      passwords.set(user, password);
      await writePasswords(passwords);
      const deadline = Date.now() + PASSWORD_TIMEOUT_MS;
      while (
        !(await isDone(doveadm('auth', 'test', '-a', layout.authSocket(directory), user, password), noPermission))
      ) {
        if (Date.now() > deadline) throw new Error(`Dovecot did not take the new password of ${user}`);
        await delay(POLL_MS);
      }
    };
    return {
      ...{ version, ports, directory, ca, caFile: certificates.caFile },
      ownMailboxes,
      maildir: (user) => layout.maildir(directory, user),
      addUser: setPassword,
      setPassword,
      async createMailboxes(user, mailboxes) {
        await doveadm('mailbox', 'create', '-s', '-u', user, ...mailboxes);
      },
      deliver: (user, mailbox, bytes, delivery) =>
        deliver(layout.maildir(directory, user), mailbox, bytes, owner, delivery),
      async kick(user) {
        const deadline = Date.now() + KICK_TIMEOUT_MS;
        while (!(await isDone(doveadm('kick', user), noSuchSession))) {
          if (Date.now() > deadline) throw new Error(`Dovecot knows of no session of ${user}`);
          await delay(POLL_MS);
        }
      },
      log: () => readFile(layout.log(directory), 'utf8'),
      async stop() {
        // Nothing of it is kept, so it need not take the second that an orderly end takes.
        await leashed.kill();
        await remove();
      },
    };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** What doveadm ends with, as sysexits.h has it: the password was refused; there is no such session. */
const noPermission = 77;
const noSuchSession = 68;

/** False when doveadm says no. */
async function isDone(command: Promise<unknown>, no: number): Promise<boolean> {
  try {
    await command;
    return true;
  } catch (error) {
    // Anything else means that the server was not even asked.
    if (error instanceof Error && 'code' in error && error.code === no) return false;
    throw error;
  }
}
