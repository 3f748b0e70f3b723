/**
 * `GET /v1/pop/export` over servers that are wrong about sizes or about TOP, refuse, or break off: are the octets exact, is nothing marked
 * without need, and is what is missing seen by whoever reads the backup?
 */
import { Buffer } from 'node:buffer';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bigLetter } from '../support/imap-letters.ts';
import { letter } from '../support/mail.ts';
import { sha256Of } from '../support/maildir.ts';
import { asSent, multiLine, packetsOf, trickyMessage } from '../support/pop-bytes.ts';
import { digestsBy, exported, exportedIn, exportedLines, exportPath } from '../support/pop-export.ts';
import { type AnswerTo, instead, type PopScript, type PopServer, withPopServer } from '../support/pop-script.ts';
import { type Postern, startPostern } from '../support/postern.ts';
import { seeded } from '../support/random.ts';
import { readBackup } from '../support/zip.ts';

let postern: Postern;
beforeAll(async () => {
  postern = await startPostern({});
});
afterAll(() => postern.stop());

const capabilities = ['PIPELINING', 'UIDL', 'TOP'];
const spool = (messages: readonly Uint8Array[]) =>
  messages.map((bytes, index) => ({ uidl: `uidl-${index + 1}`, bytes }));
const bodies = ['1', '2', '3', '4', '5', '6'].map((label) => letter(label, `${label.repeat(40)}\r\n`));
const digests = bodies.map(sha256Of);

const withServer = <T>(script: PopScript, use: (server: PopServer) => Promise<T>) =>
  withPopServer({ messages: spool(bodies), capabilities, ...script }, use);
const readBy = (format: string, server: PopServer): Promise<string[]> =>
  digestsBy[format]?.(postern, server.caller()) ?? Promise.reject(new Error(format));
const verbsIn = ({ commands }: PopServer) => new Set(commands.map((command) => command.split(' ')[0]));

/** What TOP with lines of the body is answered with, instead of the message. */
const topGives =
  (rewrite: (bytes: Buffer, border: number) => Uint8Array): AnswerTo =>
  (command) => {
    const [verb, number, lines] = command.split(' ');
    const bytes = Buffer.from(bodies[Number(number) - 1] ?? '');
    if (verb !== 'TOP' || lines === '0') return undefined;
    return Buffer.concat([Buffer.from('+OK\r\n'), multiLine(rewrite(bytes, bytes.indexOf('\r\n\r\n') + 4))]);
  };
const emptyLine = Buffer.from('\r\n');
const inexact: readonly (readonly [string, AnswerTo])[] = [
  [
    'puts an empty line before the body',
    topGives((bytes, border) => Buffer.concat([bytes.subarray(0, border), emptyLine, bytes.subarray(border)])),
  ],
  ['puts an empty line behind the body', topGives((bytes) => Buffer.concat([bytes, emptyLine]))],
  ['leaves the body out', topGives((bytes, border) => bytes.subarray(0, border))],
  ['is unknown to the server', instead('TOP', '-ERR what?\r\n')],
];
/** What LIST tells instead of the octets that come. */
const listTells =
  (size: (bytes: Buffer) => number): AnswerTo =>
  (command) => {
    if (command !== 'LIST') return undefined;
    return `+OK\r\n${bodies.map((bytes, index) => `${index + 1} ${size(Buffer.from(bytes))}\r\n`).join('')}.\r\n`;
  };
const linesIn = (bytes: Buffer): number => bytes.toString('latin1').split('\n').length - 1;

describe.each(Object.keys(digestsBy))('as %s', (format) => {
  it('has 200 random messages byte for byte, whatever their packets', async () => {
    const random = seeded(1939);
    const tricky = Array.from({ length: 200 }, () => trickyMessage(random));
    await withServer({ messages: spool(tricky), packets: (bytes) => packetsOf(bytes, random) }, async (server) => {
      expect(await readBy(format, server)).toEqual(tricky.map((bytes) => sha256Of(asKept(asSent(bytes), format))));
    });
  });

  it.each([['PIPELINING', 'UIDL', 'TOP'], ['UIDL']])(
    'reads by TOP, and ends no session with QUIT',
    async (...announced) => {
      await withServer({ capabilities: announced }, async (server) => {
        expect(await readBy(format, server)).toEqual(digests);
        expect(verbsIn(server)).toEqual(new Set(['CAPA', 'USER', 'PASS', 'UIDL', 'LIST', 'TOP']));
      });
    },
  );

  it.each(inexact)('is exact where TOP %s', async (_how, answer) => {
    await withServer({ capabilities: ['PIPELINING', 'UIDL'], answer }, async (server) => {
      expect(await readBy(format, server)).toEqual(digests);
      expect(server.commands).not.toContain('QUIT');
    });
  });
});

/** An mbox file has no place for whether the last line of a message was ended. */
const asKept = (bytes: Uint8Array, format: string): Uint8Array =>
  format === 'mbox' && bytes.length > 0 && bytes.at(-1) !== 0x0a ? Buffer.concat([bytes, Buffer.from('\n')]) : bytes;

it.each([
  ['the end that a last line did not have', listTells((bytes) => bytes.length - 2)],
  ['line ends as one octet', listTells((bytes) => bytes.length - linesIn(bytes))],
  ['line ends as one octet, without the last of them', listTells((bytes) => bytes.length - linesIn(bytes) - 1)],
  ['numbers that mean nothing', listTells(() => 7)],
  ['nothing at all', listTells(() => 0)],
])('reads by TOP where LIST tells %s', async (_what, answer) => {
  await withServer({ answer }, async (server) => {
    expect(await readBy('ndjson', server)).toEqual(digests);
    const retrieved = server.commands.filter((command) => command.startsWith('RETR'));
    // One at most, to see that it is LIST that is wrong and not TOP.
    expect(retrieved.length).toBeLessThanOrEqual(1);
    expect(server.commands).not.toContain('QUIT');
  });
});

it('has both of two messages with the same UIDL', async () => {
  const messages = bodies.slice(0, 2).map((bytes) => ({ uidl: 'same', bytes }));
  await withServer({ messages }, async (server) => {
    const lines = exportedIn(await exportedLines(postern, server.caller()));
    expect(lines.map(({ sha256 }) => sha256)).toEqual(digests.slice(0, 2));
    expect(new Set(lines.map(({ id }) => id)).size).toBe(2);
    const rest = await exportedLines(postern, server.caller(), `?cursor=${lines[0]?.id}`);
    expect(exportedIn(rest).map(({ sha256 }) => sha256)).toEqual([digests[1]]);
  });
});

it('has all of a server without UIDL', async () => {
  await withServer({ capabilities: ['TOP'], answer: instead('UIDL', '-ERR what?\r\n') }, async (server) => {
    const lines = exportedIn(await exportedLines(postern, server.caller()));
    expect(lines.map(({ uidl, sha256 }) => [uidl, sha256])).toEqual(digests.map((digest) => [null, digest]));
  });
});

describe('a message that the server refuses', () => {
  const script: PopScript = { answer: instead('TOP 3 9', '-ERR [SYS/TEMP] not now\r\n') };
  const others = digests.filter((_, index) => index !== 2);
  const refused = { id: Buffer.from('uidl-3').toString('base64url'), uidl: 'uidl-3' };

  it.each(['ndjson', 'manifest'])('has a line that says so, as %s, and the others are there', async (format) => {
    await withServer(script, async (server) => {
      const lines = await exportedLines(postern, server.caller(), `?format=${format}`);
      expect(exportedIn(lines).map(({ sha256 }) => sha256)).toEqual(others);
      expect(lines[3]).toMatchObject({ type: 'error', ...refused, problem: { type: '/problems/server-busy' } });
      expect(lines.at(-1)).toMatchObject({ type: 'end', count: 5 });
    });
  });

  it('is missing in the manifest of a zip file, which is not complete then', async () => {
    await withServer(script, async (server) => {
      const { messages, manifest, sums } = await readBackup(await exported(postern, server.caller(), '?format=zip'));
      expect(messages.map(({ bytes }) => sha256Of(bytes))).toEqual(others);
      expect(manifest).toMatchObject({ total: 6, count: 5, isComplete: false });
      expect(manifest.missing).toMatchObject([{ ...refused, problem: { type: '/problems/server-busy' } }]);
      expect(sums.trimEnd().split('\n')).toHaveLength(6);
    });
  });

  it('breaks an mbox file', async () => {
    await withServer(script, async (server) => {
      await expect(exported(postern, server.caller(), '?format=mbox')).rejects.toThrow();
    });
  });
});

describe.each([
  ['between two messages', 0],
  ['inside a message', 0.5],
])('a connection that ends %s', (_where, share) => {
  const large = bigLetter(300_000);
  const messages = spool([...bodies, large, letter('behind')]);
  /** So that what was asked for before has been sent. */
  const oneByOne = ['UIDL', 'TOP'];
  const answer: AnswerTo = (command, socket) => {
    if (!command.startsWith('TOP 7 9')) return undefined;
    const whole = Buffer.concat([Buffer.from('+OK\r\n'), multiLine(large)]);
    socket.end(whole.subarray(0, Math.floor(whole.length * share)));
    return null;
  };

  it.each(['ndjson', 'manifest'])('leaves the whole messages and an error, and no end, as %s', async (format) => {
    await withServer({ messages, answer, capabilities: oneByOne }, async (server) => {
      const lines = await exportedLines(postern, server.caller(), `?format=${format}`);
      expect(exportedIn(lines).map(({ sha256 }) => sha256)).toEqual(digests);
      expect(lines.at(-1)).toMatchObject({ type: 'error', problem: { type: '/problems/connection-lost' } });
      expect(lines.at(-1)).not.toHaveProperty('id');
      expect(lines.filter(({ type }) => type === 'end')).toEqual([]);
    });
  });

  it.each(['mbox', 'zip'])('breaks the file, as %s', async (format) => {
    await withServer({ messages, answer, capabilities: oneByOne }, async (server) => {
      const response = await postern.call(server.caller(), `${exportPath}?format=${format}`);
      expect(response.status).toBe(200);
      await expect(response.arrayBuffer()).rejects.toThrow();
    });
  });
});

it('leaves the maildrop to others soon when its reader leaves in the middle of a zip file', async () => {
  const messages = spool(Array.from({ length: 12 }, () => bigLetter(2_000_000)));
  const ended = Promise.withResolvers<void>();
  const answer: AnswerTo = (command, socket) => {
    if (command === 'UIDL') socket.once('close', () => ended.resolve());
    return undefined;
  };
  await withServer({ messages, answer }, async (server) => {
    const abort = new AbortController();
    const response = await postern.call(server.caller(), `${exportPath}?format=zip`, { signal: abort.signal });
    await response.body?.getReader().read();
    abort.abort();
    await ended.promise;
  });
});
