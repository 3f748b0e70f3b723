/**
 * Is there one request in what looks like two, and the other way round?
 *
 * What Postern runs on reads HTTP/1.1 itself; here it is plain workerd, as one hosts it oneself. (RFC 9112 §6.3, §11.2)
 */
import { connect } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Postern, startPostern } from '../support/postern.ts';

let postern: Postern;
beforeAll(async () => {
  postern = await startPostern({});
});
afterAll(async () => {
  await postern.stop();
});

const host = 'Host: postern.example\r\n';
const smuggled = `GET /health HTTP/1.1\r\n${host}\r\n`;
const post = (headers: string, body: string) => `POST /v1/pop/prune HTTP/1.1\r\n${host}${headers}\r\n${body}`;
const chunked = 'Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n';

/** The status lines of all answers on one connection, until it is closed by Postern or `count` of them are there. */
function statusesOf(octets: string, count: number): Promise<string[]> {
  const { promise, resolve, reject } = Promise.withResolvers<string[]>();
  let received = '';
  const statuses = () => [...received.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status = '']) => status);
  const socket = connect(postern.workers.port, '127.0.0.1', () => socket.write(Buffer.from(octets, 'latin1')));
  socket.on('data', (data) => {
    received += data.toString('latin1');
    if (statuses().length >= count) socket.end();
  });
  socket.on('close', () => resolve(statuses()));
  socket.on('error', reject);
  return promise;
}

it.each([
  ['a length and chunks', post(`${chunked}Content-Length: 6\r\n`, `2\r\n{}\r\n0\r\n\r\n${smuggled}`), '401'],
  ['two lengths', post(`Content-Length: 0\r\nContent-Length: ${smuggled.length}\r\n`, smuggled), '400'],
  ['two lengths in one', post(`Content-Length: 0, ${smuggled.length}\r\n`, smuggled), '400'],
  ['a length with a sign', post('Content-Length: +2\r\n', `{}${smuggled}`), '400'],
  ['a negative length', post('Content-Length: -1\r\n', smuggled), '400'],
  ['a hexadecimal length', post('Content-Length: 0x0\r\n', smuggled), '400'],
  ['a length beyond all numbers', post('Content-Length: 99999999999999999999999\r\n', smuggled), '400'],
  ['a folded line', post('X-Own: a\r\n Content-Length: 0\r\n', smuggled), '400'],
  ['a folded encoding', post('Transfer-Encoding:\r\n chunked\r\n', `0\r\n\r\n${smuggled}`), '400'],
  ['a space before a colon', post('Transfer-Encoding : chunked\r\nContent-Length: 0\r\n', smuggled), '400'],
  ['an encoding that is none', post('Transfer-Encoding: xchunked\r\nContent-Length: 0\r\n', smuggled), '400'],
  [
    'two encodings',
    post('Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n', `0\r\n\r\n${smuggled}`),
    '400',
  ],
  ['a chunk without a size', post(chunked, `zz\r\n{}\r\n0\r\n\r\n${smuggled}`), '400'],
  ['a chunk of a negative size', post(chunked, `-2\r\n{}\r\n0\r\n\r\n${smuggled}`), '400'],
  ['a chunk of 0x2', post(chunked, `0x2\r\n{}\r\n0\r\n\r\n${smuggled}`), '400'],
  ['a chunk beyond all numbers', post(chunked, `fffffffffffffffff2\r\n{}\r\n0\r\n\r\n${smuggled}`), '400'],
  ['a chunk that is longer than it says', post(chunked, `1\r\n{}\r\n0\r\n\r\n${smuggled}`), '400'],
  ['a line end inside of a chunk extension', post(chunked, `2;x\n y\r\n{}\r\n0\r\n\r\n${smuggled}`), '400'],
  ['a carriage return alone', `GET /health HTTP/1.1\r\nHost: a\rX-Own: b\r\n\r\n${smuggled}`, '400'],
  ['NUL in a header', `GET /health HTTP/1.1\r\n${host}X-Own: a\0b\r\n\r\n${smuggled}`, '400'],
  ['a method that is none', `<b> /health HTTP/1.1\r\n${host}\r\n${smuggled}`, '400'],
  ['no version', `GET /health\r\n\r\n${smuggled}`, '400'],
  ['a path that is not ASCII', `GET /\xff HTTP/1.1\r\n${host}\r\n${smuggled}`, '400'],
])('%s is answered once, and what follows is not read', async (_what, octets, status) => {
  expect(await statusesOf(octets, 2)).toEqual([status]);
});

it.each([
  [
    'two lengths that agree',
    post('Content-Length: 2\r\nContent-Length: 2\r\nContent-Type: application/json\r\n', '{}'),
    '401',
  ],
  ['a chunk with an extension', post(chunked, '2;x="\\"0"\r\n{}\r\n0\r\n\r\n'), '401'],
  ['trailers', post(chunked, '2\r\n{}\r\n0\r\nAuthorization: Basic YTpi\r\nContent-Length: 5\r\n\r\n'), '401'],
  ['a GET with a body', `GET /health HTTP/1.1\r\n${host}Content-Length: ${smuggled.length}\r\n\r\n${smuggled}`, '200'],
  [
    'an upgrade to another protocol',
    `GET /health HTTP/1.1\r\n${host}Connection: Upgrade\r\nUpgrade: h2c\r\n\r\n`,
    '200',
  ],
  ['a whole address', `GET http://169.254.169.254/health HTTP/1.1\r\n${host}\r\n`, '200'],
])('%s is one request, and the next one is the next', async (_what, octets, status) => {
  const next = `GET /nothing HTTP/1.1\r\n${host}\r\n`;
  expect(await statusesOf(octets + next, 2)).toEqual([status, '404']);
});
