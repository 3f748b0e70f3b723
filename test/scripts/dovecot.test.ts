/**
 * Is the mail server of the demo and the tests what they take it for?
 */

import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Dovecot, startDovecot } from '../../scripts/mail-server/dovecot.ts';
import { greetingOf } from '../../scripts/mail-server/greeting.ts';

const run = promisify(execFile);
const user = 'ada@postern.example';

let server: Dovecot;
beforeAll(async () => {
  server = await startDovecot({ users: [{ user, password: 'first' }] });
});
afterAll(() => server.stop());

/** Sends all lines at once and answers all that came back until the server closed. */
async function talk(port: number, lines: readonly string[]): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.setEncoding('latin1');
  socket.write(`${lines.join('\r\n')}\r\n`);
  return text(socket);
}

it('greets on all four ports, with a certificate that its authority vouches for', async () => {
  const { imap, imaps, pop3, pop3s } = server.ports;
  expect(await greetingOf(imap)).toMatch(/^\* OK .*STARTTLS/);
  expect(await greetingOf(pop3)).toMatch(/^\+OK/);
  expect(await greetingOf(imaps, server.ca)).toMatch(/^\* OK/);
  expect(await greetingOf(pop3s, server.ca)).toMatch(/^\+OK/);
});

it('serves what was delivered byte for byte, with its flags and time, in the order of delivery', async () => {
  const bodies = ['one\r\n', 'caf\xe9 \xff\x80\r\n.\r\n..\r\n', 'lone \r stays\r\n', 'no end'];
  const messages = bodies.map((body) => Buffer.from(`Subject: x\r\n\r\n${body}`, 'latin1'));
  for (const message of messages) {
    const receivedAt = new Date('2020-02-03T04:05:06Z');
    await server.deliver(user, 'Projekte/Büro', message, { flags: ['\\Seen', '\\Flagged'], receivedAt });
  }
  const answer = await talk(server.ports.imap, [
    `a LOGIN ${user} first`,
    'b EXAMINE "Projekte/B&APw-ro"',
    'c FETCH 1:* (UID INTERNALDATE BODY.PEEK[])',
    'd FETCH 1 FLAGS',
    'e LOGOUT',
  ]);
  for (const [index, message] of messages.entries()) {
    const date = 'INTERNALDATE "03-Feb-2020 04:05:06 +0000"';
    expect(answer).toContain(
      `* ${index + 1} FETCH (UID ${index + 1} ${date} BODY[] {${message.length}}\r\n${message.toString('latin1')})`,
    );
  }
  expect(answer).toMatch(/\* 1 FETCH \(FLAGS \(\\Flagged \\Seen/);
});

it('takes a new password at once, and no longer the old one', async () => {
  const logIn = (password: string) => talk(server.ports.pop3, [`USER ${user}`, `PASS ${password}`, 'QUIT']);
  expect(await logIn('first')).toContain('+OK Logged in');
  await server.setPassword(user, 'other');
  expect(await logIn('first')).toContain('-ERR [AUTH]');
  expect(await logIn('other')).toContain('+OK Logged in');
});

it('leaves no process and no file behind when it is stopped, and when its starter is killed', async () => {
  const stopped = await startDovecot({ users: [] });
  await stopped.stop();
  expect(existsSync(stopped.directory)).toBe(false);
  expect(await processesOf(stopped.directory)).toEqual([]);

  const starter = `
    import { startDovecot } from ${JSON.stringify(join(import.meta.dirname, '../../scripts/mail-server/dovecot.ts'))};
    const server = await startDovecot({ users: [] });
    console.log(server.directory);
    setTimeout(() => process.kill(process.pid, 'SIGKILL'));
  `;
  const killed: unknown = await run(process.execPath, ['--input-type=module', '-e', starter]).catch(
    (error: unknown) => error,
  );
  if (!(killed instanceof Error && 'stdout' in killed && typeof killed.stdout === 'string')) throw killed;
  const directory = killed.stdout.trim();
  expect(directory).toContain('postern-mail-');
  await expect.poll(() => existsSync(directory), { timeout: 5000 }).toBe(false);
  await expect.poll(() => processesOf(directory), { timeout: 5000 }).toEqual([]);
});

/** The running processes whose command line names the directory. */
async function processesOf(directory: string): Promise<string[]> {
  const { stdout } = await run('ps', ['-eo', 'args']);
  return stdout.split('\n').filter((line) => line.includes(`${directory}/dovecot.conf`));
}
