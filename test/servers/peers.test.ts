/**
 * Are the mail servers of the tests what the tests take them for?
 *
 * Over raw sockets, so that nothing of Postern is needed to find out.
 */
import { execFile } from 'node:child_process';
import { chmod, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { greetingOf } from '../../scripts/mail-server/greeting.ts';
import { startMailutils } from '../../scripts/mail-server/mailutils.ts';
import type { MailPeer } from '../../scripts/mail-server/peer.ts';
import { startPeer } from '../../scripts/mail-server/peers.ts';

const run = promisify(execFile);
const peersModule = join(import.meta.dirname, '../../scripts/mail-server/peers.ts');

/** Where all servers of this file put what they have: what is left of them names it. */
let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'postern-peers-'));
  // Mail processes, which are other users, must get through.
  await chmod(directory, 0o755);
  process.env['TMPDIR'] = directory;
});
afterAll(async () => {
  delete process.env['TMPDIR'];
  await rm(directory, { recursive: true });
});

const names = ['dovecot', 'courier', 'cyrus', 'mailutils', 'popa3d'] as const;

describe.each(names)('%s', (name) => {
  let peer: MailPeer;
  beforeAll(async () => {
    peer = await startPeer[name]({ passwordPrefix: 'right' });
  });
  afterAll(() => peer.stop());

  it('says its version and greets on each of its ports', async () => {
    expect(peer.name).toBe(name);
    expect(peer.version).toMatch(/^[\d:]+\.\d/);
    expect(Object.keys(peer.ports)).toEqual(name === 'popa3d' ? ['pop3'] : ['imap', 'pop3']);
    if (peer.ports.imap !== undefined) expect(await greetingOf(peer.ports.imap)).toMatch(/^\* OK/);
    expect(await greetingOf(peer.ports.pop3 ?? 0)).toMatch(/^\+OK/);
  });

  it('lets in who has the right password, and nobody else', async () => {
    const { user, password } = await peer.addAccount();
    expect(password).toMatch(/^right/);
    for (const [tried, isRight] of [
      ['wrong', false],
      [password, true],
    ] as const) {
      if (peer.ports.imap !== undefined)
        expect(await imap(peer.ports.imap, [`LOGIN ${user} "${tried}"`])).toMatch(isRight ? /^t0 OK/m : /^t0 NO/m);
      const answer = await pop(peer.ports.pop3, [`USER ${user}`, `PASS ${tried}`]);
      expect(answer).toMatch(isRight ? /^(\+OK.*\r\n){4}/ : /^(\+OK.*\r\n){2}-ERR/);
    }
  });

  it('has an empty INBOX for a new account, then what was delivered, over each of its protocols', async () => {
    const { user, password } = await peer.addAccount();
    const other = await peer.addAccount();
    const select = [`LOGIN ${user} "${password}"`, 'SELECT INBOX'];
    const stat = [`USER ${user}`, `PASS ${password}`, 'STAT'];
    if (peer.ports.imap !== undefined) expect(await imap(peer.ports.imap, select)).toMatch(/^\* 0 EXISTS/m);
    expect(await pop(peer.ports.pop3, stat)).toContain('+OK 0 0');

    for (const label of ['first', 'second']) await peer.deliver(user, letter(label));
    if (peer.ports.imap !== undefined) {
      const answer = await imap(peer.ports.imap, [...select, 'FETCH 1:2 BODY.PEEK[]']);
      expect(answer).toMatch(/^\* 2 EXISTS/m);
      expect(answer.indexOf('This is first.\r\n.\r\n')).toBeGreaterThan(0);
      expect(answer.indexOf('This is second.\r\n.\r\n')).toBeGreaterThan(answer.indexOf('This is first.'));
    }
    const answer = await pop(peer.ports.pop3, [...stat, 'RETR 1', 'RETR 2']);
    expect(answer).toMatch(/^\+OK 2 \d+/m);
    expect(answer.indexOf('This is first.\r\n..\r\n')).toBeGreaterThan(0);
    expect(answer.indexOf('This is second.\r\n..\r\n')).toBeGreaterThan(answer.indexOf('This is first.'));
    expect(await pop(peer.ports.pop3, [`USER ${other.user}`, `PASS ${other.password}`, 'STAT'])).toContain('+OK 0 0');
  });
});

it.each(names)('leaves nothing of %s behind when it is stopped, and when its starter is killed', async (name) => {
  const stopped = await startPeer[name]();
  expect(await leftovers()).not.toEqual([]);
  await stopped.stop();
  expect(await leftovers()).toEqual([]);

  const starter = `
    import { startPeer } from ${JSON.stringify(peersModule)};
    await startPeer[${JSON.stringify(name)}]();
    process.kill(process.pid, 'SIGKILL');
  `;
  await expect(run(process.execPath, ['--input-type=module', '-e', starter])).rejects.toMatchObject({
    signal: 'SIGKILL',
  });
  await expect.poll(leftovers, { timeout: 5000 }).toEqual([]);
});

it('offers a maildrop that somebody else always holds', async () => {
  const peer = await startMailutils({ lockedMaildrop: true });
  const { user, password } = await peer.addAccount();
  await peer.deliver(user, letter('only'));
  expect(await pop(peer.ports.pop3, [`USER ${user}`, `PASS ${password}`])).toContain('-ERR [IN-USE]');
  const answer = await imap(peer.ports.imap, [`LOGIN ${user} "${password}"`, 'SELECT INBOX', 'FETCH 1 BODY.PEEK[]']);
  expect(answer).toContain('This is only.\r\n.\r\n');
  await peer.stop();
});

/** Entries of our directory, and processes that name it or have something of it mounted. */
async function leftovers(): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((entry) => /^\d+$/.test(entry) && Number(entry) !== process.pid);
  const seen = await Promise.all(
    pids.map(async (pid) => {
      const [arguments_, mounts] = await Promise.all(
        ['cmdline', 'mountinfo'].map((file) =>
          // Gone while we looked, or ended: then it is not left over.
          readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => ''),
        ),
      );
      return `${arguments_} ${mounts}`.includes(directory) ? [`process ${pid}: ${arguments_}`] : [];
    }),
  );
  return [...(await readdir(directory)), ...seen.flat()];
}

const letter = (label: string): Uint8Array =>
  Buffer.from(`From: grace@weaver.example\r\nSubject: ${label}\r\n\r\nThis is ${label}.\r\n.\r\n`);

const imap = (port = 0, commands: readonly string[]): Promise<string> =>
  talk(
    port,
    [...commands, 'LOGOUT'].map((command, index) => `t${index} ${command}`),
    (said, index) => new RegExp(`^t${index} |^\\* BYE`, 'm').test(said),
  );

const pop = (port = 0, commands: readonly string[]): Promise<string> =>
  talk(port, [...commands, 'QUIT'], (said, index) =>
    commands[index]?.startsWith('RETR') ? said.endsWith('\r\n.\r\n') : /^(\+OK|-ERR).*\r\n/.test(said),
  );

/** Sends each line when the one before it has been answered, up to the first -ERR; answers all that came. */
async function talk(
  port: number,
  lines: readonly string[],
  isAnswered: (said: string, index: number) => boolean,
): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.setEncoding('latin1');
  let next = -1;
  let said = '';
  socket.on('data', (chunk) => {
    said += String(chunk);
    if (next < 0 ? !said.includes('\n') : !isAnswered(said, next)) return;
    next += 1;
    // popa3d closes after a refused login, and what it does not read then resets the connection.
    if (said.startsWith('-ERR')) socket.end();
    else if (next < lines.length) socket.write(`${lines[next]}\r\n`);
    said = '';
  });
  return text(socket);
}
