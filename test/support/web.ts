/**
 * A web server on loopback that behaves as badly as the web does.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';

export interface Web {
  readonly url: string;
  /** Requests so far: method, path and headers. */
  readonly seen: readonly { readonly line: string; readonly headers: IncomingMessage['headers'] }[];
  /** How many answers were given up by who asked for them, before their end. */
  readonly abandoned: number;
  stop(): Promise<void>;
}

const pages: Readonly<Record<string, (query: URLSearchParams, response: ServerResponse) => void>> = {
  '/hello': (_query, response) => response.end('hello'),
  '/octets': (query, response) => response.end('x'.repeat(Number(query.get('count')))),
  '/redirect': (query, response) =>
    response.writeHead(Number(query.get('status') ?? 302), { Location: query.get('to') ?? '' }).end('elsewhere'),
  '/cookie': (_query, response) => response.writeHead(200, { 'Set-Cookie': 'a=b; Path=/' }).end('cookie'),
  '/silent': () => undefined,
  '/stalled': (_query, response) => response.writeHead(200).write('the beginning'),
  '/endless': (_query, response) => pour(response),
  '/bomb': (_query, response) =>
    response.writeHead(200, { 'Content-Encoding': 'gzip' }).end(gzipSync(new Uint8Array(50_000_000))),
};

function pour(response: ServerResponse): void {
  while (!response.destroyed && response.write('x'.repeat(16_384)));
  if (!response.destroyed) response.once('drain', () => pour(response));
}

export async function startWeb(): Promise<Web> {
  const seen: { line: string; headers: IncomingMessage['headers'] }[] = [];
  const state = { abandoned: 0 };
  const server = createServer((request, response) => {
    seen.push({ line: `${request.method} ${request.url}`, headers: request.headers });
    response.once('close', () => {
      if (!response.writableFinished) state.abandoned += 1;
    });
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
    const page = pages[pathname];
    if (page === undefined) response.writeHead(404).end('nothing');
    else page(searchParams, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://localhost:${portOf(server.address())}`,
    seen,
    get abandoned() {
      return state.abandoned;
    },
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === 'string') throw new Error('It does not listen on a port.');
  return address.port;
}
