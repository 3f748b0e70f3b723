/**
 * `Range`, conditions and HEAD on `/raw` and `/parts/{partId}` over a real server.
 */
import { Buffer } from 'node:buffer';
import { beforeAll, describe, expect, it } from 'vitest';
import { bigLetter, knownParts, withFiles } from '../support/imap-letters.ts';
import { startImapRelay } from '../support/imap-relay.ts';
import { first, imapStage } from '../support/imap-stage.ts';
import { letter } from '../support/mail.ts';
import { sha256Of } from '../support/maildir.ts';
import { oddEncodings } from '../support/odd-encodings.ts';
import type { Caller } from '../support/postern.ts';
import { seeded } from '../support/random.ts';

const stage = imapStage();
const encodings = oddEncodings(1_300_000);

/** A part in each encoding, larger than what is fetched at once. */
const message = Buffer.concat([
  Buffer.from('Subject: odd\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=odd_1\r\n\r\n'),
  ...encodings.map(([what, encoding, encoded]) =>
    Buffer.concat([
      Buffer.from(
        `--odd_1\r\nContent-Type: application/x-odd; name="${what}"\r\nContent-Transfer-Encoding: ${encoding}\r\n\r\n`,
      ),
      encoded,
      Buffer.from('\r\n'),
    ]),
  ),
  Buffer.from('--odd_1--\r\n'),
]);
const whats = [
  { what: 'the whole message', below: 'raw' },
  ...encodings.map(([what], index) => ({ what, below: `parts/${index + 1}` })),
];

let caller: Caller;
let path: string;

beforeAll(async () => {
  caller = await stage.callerWith([message]);
  path = first(await stage.paths(caller));
});

const get = (what: string, headers: Record<string, string> = {}, method = 'GET') =>
  stage.postern.call(caller, `${path}/${what}`, { headers, method });
const bytesOf = async (response: Response) => Buffer.from(await response.arrayBuffer());
/** What the answer says, and not what the connection is for. */
const headersOf = ({ headers }: Response) =>
  Object.fromEntries(
    [...headers].filter(
      ([name]) => !['date', 'server-timing', 'x-request-id', 'transfer-encoding', 'connection'].includes(name),
    ),
  );

describe.each(whats)('of $what', ({ what, below }) => {
  it('gives every range as it stands in the whole', async () => {
    const response = await get(below);
    expect([response.status, response.headers.get('accept-ranges')]).toEqual([200, 'bytes']);
    const whole = await bytesOf(response);
    if (below === 'raw') expect(sha256Of(whole)).toBe(sha256Of(message));
    const { length } = whole;
    const random = seeded(what.length);
    const at = random.below(length);
    const ranges: [range: string, from: number, to: number][] = [
      ['0-0', 0, 0],
      [`${length - 1}-${length - 1}`, length - 1, length - 1],
      [`${length - 1}-`, length - 1, length - 1],
      [`${at}-${length + 5}`, at, length - 1],
      ['-1', length - 1, length - 1],
      [`-${length + 1}`, 0, length - 1],
      ['0-', 0, length - 1],
      ...Array.from({ length: 6 }, (): [string, number, number] => {
        const from = random.below(length);
        const to = Math.min(length - 1, from + random.below(random.chance(0.5) ? 100 : length));
        return [`${from}-${to}`, from, to];
      }),
    ];
    for (const [range, from, to] of ranges) {
      const part = await get(below, { Range: `bytes=${range}` });
      const told = [part.status, part.headers.get('content-range'), part.headers.get('content-length')];
      expect([range, ...told]).toEqual([range, 206, `bytes ${from}-${to}/${length}`, String(to - from + 1)]);
      expect((await bytesOf(part)).equals(whole.subarray(from, to + 1)), range).toBe(true);
    }
  });

  it('says how many octets there are when a range begins behind them', async () => {
    const { length } = await bytesOf(await get(below));
    for (const range of [`${length}-`, `${length + 7}-${length + 9}`, '-0', `${'9'.repeat(30)}-`]) {
      const response = await get(below, { Range: `bytes=${range}` });
      expect([response.status, response.headers.get('content-range')]).toEqual([416, `bytes */${length}`]);
      expect(await response.json()).toMatchObject({ type: '/problems/range-not-satisfiable', length });
    }
  });

  it('answers HEAD with the headers of GET', async () => {
    const whole = await get(below);
    await whole.arrayBuffer();
    const head = await get(below, { Range: 'bytes=0-1' }, 'HEAD');
    expect([head.status, await head.text()]).toEqual([200, '']);
    expect(headersOf(head)).toEqual(headersOf(whole));
  });
});

it.each(knownParts.map(({ partId, type, bytes }) => [type, partId, bytes.length] as const))(
  'tells the length of a small part of type %s before its octets, to HEAD too',
  async (_, partId, length) => {
    const someone = await stage.callerWith([withFiles]);
    const part = `${first(await stage.paths(someone))}/parts/${partId}`;
    const head = await stage.postern.call(someone, part, { method: 'HEAD' });
    const whole = await stage.postern.call(someone, part);
    expect((await whole.arrayBuffer()).byteLength).toBe(length);
    expect(whole.headers.get('content-length')).toBe(String(length));
    expect(headersOf(head)).toEqual(headersOf(whole));
  },
);

it('tells no length of a large part in base64 that nobody has read yet, neither to HEAD nor to GET', async () => {
  const someone = await stage.callerWith([message]);
  const part = `${first(await stage.paths(someone))}/parts/1`;
  const head = await stage.postern.call(someone, part, { method: 'HEAD' });
  const whole = await stage.postern.call(someone, part);
  expect((await whole.arrayBuffer()).byteLength).toBe(1_300_000);
  expect(headersOf(whole)).toEqual(headersOf(head));
  expect(head.headers.has('content-length')).toBe(false);
});

it('reads nothing of a message for HEAD, for a 304 and for a 412', async () => {
  const relay = await startImapRelay(stage.host.dovecot.ports.imap);
  const through = relay.through(await stage.callerWith([bigLetter(3_000_000)]));
  const raw = `${first(await stage.paths(through))}/raw`;
  const before = relay.bytesFromServer;
  const call = (method: string, headers = {}) => stage.postern.call(through, raw, { method, headers });
  const head = await call('HEAD');
  expect(head.headers.get('content-length')).toBe(String(bigLetter(3_000_000).length));
  const etag = head.headers.get('etag') ?? '';
  expect((await call('GET', { 'If-None-Match': etag })).status).toBe(304);
  expect((await call('GET', { 'If-Match': '"other"' })).status).toBe(412);
  expect(relay.bytesFromServer - before).toBeLessThan(2_000);
  expect(relay.commands.filter((command) => /BODY\.PEEK\[\]<\d+\.\d{2,}>/.test(command))).toEqual([]);
  await relay.stop();
});

it('reads no more of a message than a range takes', async () => {
  const relay = await startImapRelay(stage.host.dovecot.ports.imap);
  const bytes = bigLetter(5_000_000);
  const through = relay.through(await stage.callerWith([bytes]));
  const raw = `${first(await stage.paths(through))}/raw`;
  const before = relay.bytesFromServer;
  const response = await stage.postern.call(through, raw, { headers: { Range: 'bytes=4000000-4000999' } });
  expect((await bytesOf(response)).equals(bytes.subarray(4_000_000, 4_001_000))).toBe(true);
  expect(relay.bytesFromServer - before).toBeLessThan(3_000);
  const sent = relay.commands.length;
  await (await stage.postern.call(through, raw, { headers: { Range: 'bytes=-9' } })).arrayBuffer();
  expect(relay.commands.slice(sent).map((command) => command.split(' ', 2).join(' '))).toEqual(['NOOP', 'UID FETCH']);
  await relay.stop();
});

it('asks as often as is documented', async () => {
  const relay = await startImapRelay(stage.host.dovecot.ports.imap);
  const through = relay.through(await stage.callerWith([bigLetter(2_000_000)]));
  const address = first(await stage.paths(through));
  /** NOOP goes out along with what follows it. */
  const waits = async (below: string, headers: Record<string, string>, method = 'GET'): Promise<number> => {
    const before = relay.commands.length;
    const response = await stage.postern.call(through, `${address}/${below}`, { method, headers });
    await response.arrayBuffer();
    return relay.commands.slice(before).filter((command) => command !== 'NOOP').length;
  };
  const range = { Range: 'bytes=5-9' };
  expect(await waits('raw', { 'If-None-Match': '*' })).toBe(1);
  expect([await waits('raw', range), await waits('raw', range)]).toEqual([3, 1]);
  expect([await waits('parts/1', range), await waits('parts/1', range)]).toEqual([3, 2]);
  expect(await waits('raw', {}, 'HEAD')).toBe(1);
  await relay.stop();
});

it('finds a later range of an encoded part without reading it through again', async () => {
  const relay = await startImapRelay(stage.host.dovecot.ports.imap);
  const through = relay.through(caller);
  const range = (value: string) => stage.postern.call(through, `${path}/parts/3`, { headers: { Range: value } });
  await (await range('bytes=0-9')).arrayBuffer();
  const before = relay.bytesFromServer;
  expect((await bytesOf(await range('bytes=900000-900009'))).length).toBe(10);
  expect(relay.bytesFromServer - before).toBeLessThan(600_000);
  await relay.stop();
});

describe.each(['raw', 'parts/1', 'parts/1?charset=utf-8'])('conditions on %s', (below) => {
  const call = async (headers: Record<string, string>, method = 'GET', uid = '1') => {
    const someone = await stage.callerWith([letter('conditions')]);
    const address = `${first(await stage.paths(someone)).replace(/1$/, uid)}/${below}`;
    const etag =
      (await stage.postern.call(someone, address.replace(/\.\d+\//, '.1/'), { method: 'HEAD' })).headers.get('etag') ??
      '';
    const filled = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, value.replace('$', etag)]));
    const response = await stage.postern.call(someone, address, { method, headers: filled });
    return { response, etag, text: await response.text() };
  };

  it('answer 304 without a body to who has it, with what a cache needs', async () => {
    for (const [method, value] of [
      ['GET', '$'],
      ['HEAD', '$'],
      ['GET', 'W/$, "x"'],
      ['GET', '*'],
    ] as const) {
      const { response, etag, text } = await call({ 'If-None-Match': value }, method);
      expect([response.status, text, response.headers.get('etag')]).toEqual([304, '', etag]);
      expect(response.headers.get('cache-control')).toBe('private, max-age=31536000, immutable');
      expect(response.headers.get('vary')).toContain('Authorization');
      expect(response.headers.get('content-length') ?? '0').toBe('0');
    }
  });

  it('answer 412 to who means another state', async () => {
    const { response, text } = await call({ 'If-Match': '"other"' });
    expect([response.status, JSON.parse(text).type]).toEqual([412, '/problems/precondition-failed']);
    expect((await call({ 'If-Match': '$' })).response.status).toBe(200);
  });

  it('say that a message is gone to who has it or means another state', async () => {
    for (const headers of [{ 'If-None-Match': '$' }, { 'If-None-Match': '*' }, { 'If-Match': '"other"' }]) {
      expect((await call(headers, 'GET', '2')).response.status).toBe(404);
    }
  });
});

it.each(['raw', 'parts/1'])(
  'says that %s is gone as soon as another program has expunged the message',
  async (below) => {
    const someone = await stage.callerWith([letter('1'), letter('2')]);
    const [address = ''] = await stage.paths(someone);
    const program = await stage.program(someone);
    const whole = await stage.postern.call(someone, `${address}/${below}`);
    await whole.arrayBuffer();
    await program.expunge(2);
    const headers = { 'If-None-Match': whole.headers.get('etag') ?? '' };
    expect((await stage.postern.call(someone, `${address}/${below}`, { headers })).status).toBe(404);
    expect((await stage.postern.call(someone, `${address}/${below}`, { method: 'HEAD' })).status).toBe(404);
  },
);

it('gives all octets when If-Range names another state, and the range when it names this one', async () => {
  const etag = (await get('raw', {}, 'HEAD')).headers.get('etag') ?? '';
  const range = { Range: 'bytes=10-19' };
  expect((await bytesOf(await get('raw', { ...range, 'If-Range': etag }))).length).toBe(10);
  expect((await bytesOf(await get('raw', { ...range, 'If-Range': '"other"' }))).length).toBe(message.length);
});

it('answers several ranges, and what is no range, with all octets', async () => {
  for (const range of ['bytes=0-1,5-6', 'bytes=9-1', 'lines=1-2']) {
    const response = await get('raw', { Range: range });
    expect([response.status, (await bytesOf(response)).length]).toEqual([200, message.length]);
  }
});

it('serves parts and nothing above them, whatever the ETag', async () => {
  for (const partId of ['99', 'HEADER', '1.MIME']) {
    const response = await get(`parts/${partId}`, { 'If-None-Match': '*' });
    expect(response.status).toBe(404);
    await response.body?.cancel();
  }
});

it.each(['raw?charset=utf-8', 'raw?x=1', 'parts/1?charset=latin1', 'parts/1?limit=1'])('refuses %s', async (below) => {
  const problem = await stage.postern.problem('request-invalid', caller, `${path}/${below}`);
  expect(problem.status).toBe(400);
});
