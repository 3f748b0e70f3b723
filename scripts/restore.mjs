/**
 * How does a backup get back into a mailbox?
 *
 * `node scripts/restore.mjs BACKUP [MAILBOX]`: BACKUP is an .ndjson or .mbox file, or the folder into which a zip file was unpacked. Each message is
 * added by POST …/messages, under a key of its own, so that a restore that broke off can be repeated. Plain JavaScript for Node 20
 * without any package: a backup may have to be read where there is nothing else.
 */
import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';

/**
 * @typedef {object} Kept
 * @property {string} name for people
 * @property {Buffer} bytes
 * @property {string} sha256 as the backup says, or as it is where it says none
 * @property {string | null} receivedAt
 * @property {readonly string[]} keywords
 */

const LF = 0x0a;
const sha256Of = (/** @type {Uint8Array} */ bytes) => createHash('sha256').update(bytes).digest('hex');

/** The lines of a file, each with its end, however large it is. */
async function* linesOf(/** @type {string} */ file) {
  /** @type {Buffer[]} */
  let begun = [];
  for await (const chunk of createReadStream(file, { highWaterMark: 1024 * 1024 })) {
    let from = 0;
    for (let at = chunk.indexOf(LF); at >= 0; at = chunk.indexOf(LF, from)) {
      yield Buffer.concat([...begun, chunk.subarray(from, at + 1)]);
      begun = [];
      from = at + 1;
    }
    begun.push(chunk.subarray(from));
  }
  const rest = Buffer.concat(begun);
  if (rest.length > 0) yield rest;
}

/** @returns {AsyncGenerator<Kept, void, undefined>} */
async function* inNdjson(/** @type {string} */ file) {
  let isWhole = false;
  for await (const text of linesOf(file)) {
    const line = JSON.parse(text.toString());
    if (line.type === 'error') warn(`not in the backup: ${line.id ?? 'the rest'} (${line.problem.title})`);
    if (line.type === 'end') isWhole = true;
    if (line.type !== 'message') continue;
    // A maildrop has no keywords, a mailbox has.
    const { id, raw, sha256, receivedAt, keywords = {} } = line;
    yield { name: id, bytes: Buffer.from(raw, 'base64'), sha256, receivedAt, keywords: Object.keys(keywords) };
  }
  if (!isWhole) warn('the backup was cut: it has no last line');
}

/** @returns {AsyncGenerator<Kept, void, undefined>} */
async function* inMbox(/** @type {string} */ file) {
  /** @type {{ fromLine: string, lines: Buffer[] } | null} */
  let open = null;
  let wasEmpty = true;
  let count = 0;
  for await (const line of linesOf(file)) {
    if (wasEmpty && line.subarray(0, 5).toString('latin1') === 'From ') {
      if (open !== null) yield mboxMessage(open, ++count);
      open = { fromLine: line.toString('latin1').trimEnd(), lines: [] };
    } else {
      // One `>` was put before each such line (mboxrd).
      open?.lines.push(/^>+From /.test(line.subarray(0, 1000).toString('latin1')) ? line.subarray(1) : line);
    }
    wasEmpty = line.length === 1 && line[0] === LF;
  }
  if (open === null) return;
  if (wasEmpty) yield mboxMessage(open, ++count);
  else warn('the backup was cut inside its last message, which is left out');
}

/** @returns {Kept} */
function mboxMessage(
  /** @type {{ fromLine: string, lines: Buffer[] }} */ { fromLine, lines },
  /** @type {number} */ number,
) {
  // The empty line behind it is not the message's.
  const bytes = Buffer.concat(lines.slice(0, -1));
  const time = Date.parse(`${fromLine.split(' ').slice(2).join(' ')} UTC`);
  // 1970 is what an mbox file says where nobody knows.
  const receivedAt = time > 0 ? new Date(time).toISOString() : null;
  return { name: `message ${number}`, bytes, sha256: sha256Of(bytes), receivedAt, keywords: [] };
}

/** @returns {AsyncGenerator<Kept, void, undefined>} */
async function* inFolder(/** @type {string} */ folder) {
  const manifest = JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8'));
  for (const { id, problem } of manifest.missing) warn(`not in the backup: ${id} (${problem.title})`);
  for (const { file, sha256, receivedAt } of manifest.messages) {
    yield { name: file, bytes: await readFile(join(folder, file)), sha256, receivedAt, keywords: [] };
  }
}

/** @returns {Promise<string | null>} what went wrong */
async function add(
  /** @type {Kept} */ { bytes, sha256, receivedAt, keywords },
  /** @type {number} */ index,
  /** @type {string} */ mailbox,
) {
  if (sha256Of(bytes) !== sha256) return 'it is not what it was: its SHA-256 is another';
  const query = new URLSearchParams();
  // IMAP servers keep no date before 1970.
  if (receivedAt !== null && Date.parse(receivedAt) >= 0) query.set('receivedAt', receivedAt);
  if (keywords.length > 0) query.set('keywords', keywords.join(','));
  try {
    const answer = await fetch(`${variable('POSTERN')}/v1/imap/mailboxes/${mailbox}/messages?${query}`, {
      method: 'POST',
      headers: {
        Authorization: `Basic ${Buffer.from(`${variable('MAIL_USER')}:${variable('MAIL_PASSWORD')}`).toString('base64')}`,
        'Mail-Server': variable('MAIL_SERVER'),
        'Content-Type': 'message/rfc822',
        // The same when it is repeated, and another for the same message a second time in the backup.
        'Idempotency-Key': `${sha256}-${index}`,
      },
      body: bytes,
    });
    const text = await answer.text();
    return answer.ok ? null : `${answer.status} ${JSON.parse(text).detail}`;
  } catch (error) {
    return `no answer (${error})`;
  }
}

function variable(/** @type {string} */ name) {
  const value = process.env[name];
  if (value === undefined) throw new Error(`Set ${name}.`);
  return value;
}

function warn(/** @type {string} */ line) {
  process.stderr.write(`${line}\n`);
  process.exitCode = 1;
}

const [backup, mailbox = 'inbox'] = process.argv.slice(2);
if (backup === undefined) throw new Error('node scripts/restore.mjs BACKUP [MAILBOX]');
for (const name of ['POSTERN', 'MAIL_SERVER', 'MAIL_USER', 'MAIL_PASSWORD']) variable(name);
const isFolder = (await stat(backup)).isDirectory();
const kept = isFolder ? inFolder(backup) : backup.endsWith('.mbox') ? inMbox(backup) : inNdjson(backup);
let index = 0;
let restored = 0;
for await (const message of kept) {
  const trouble = await add(message, index, mailbox);
  if (trouble === null) restored += 1;
  else warn(`not restored: ${message.name}: ${trouble}`);
  index += 1;
}
process.stdout.write(`${restored} of ${index} messages are in ${mailbox}\n`);
