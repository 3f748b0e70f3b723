/**
 * What the web, the DNS and mail servers say to a search for somebody's servers, without any of them.
 */
import type { Probed } from '../../src/core/probed.ts';
import { type MailServer, refusalOf } from '../../src/core/server.ts';
import { mailAddressOf } from '../../src/discovery/address.ts';
import { type Discovered, discover, type World } from '../../src/discovery/discover.ts';
import { urlOf } from '../../src/discovery/finding.ts';
import { guardedFetch } from '../../src/egress/guarded-fetch.ts';
import type { PageAt } from './scripted-web.ts';

export interface Replay {
  readonly email: string;
  readonly pageAt?: PageAt;
  /** URLs of mail servers that answer as they should. */
  readonly servers?: readonly string[];
  /** Ends the time for all sources. */
  readonly signal?: AbortSignal;
  readonly dnsOverHttps?: string | null;
  readonly ispDatabase?: string | null;
}

export interface Replayed extends Discovered {
  /** URLs, in the order in which they were asked for. */
  readonly asked: readonly string[];
  /** URLs of mail servers. */
  readonly dialled: readonly string[];
}

export const dns = 'https://dns.example.net/dns-query';
export const ispDatabase = 'https://isp.example.net/v1.1/';

export async function replayed(replay: Replay): Promise<Replayed> {
  const address = mailAddressOf(replay.email);
  if (address === null) throw new Error(`${replay.email} is no address`);
  const asked: string[] = [];
  const dialled: string[] = [];
  const world: World = {
    address,
    fetch: guardedFetch(false, async (url, init) => {
      asked.push(url.href);
      return answered(url, replay.pageAt ?? (() => undefined), init.signal ?? null);
    }),
    probe: async (servers) => {
      dialled.push(...servers.map(urlOf));
      return servers.map((server) => (replay.servers?.includes(urlOf(server)) === true ? usable : gone));
    },
    signal: replay.signal ?? new AbortController().signal,
    refusalOf: (server: MailServer) => refusalOf(server, false),
    dnsOverHttps: replay.dnsOverHttps === undefined ? dns : replay.dnsOverHttps,
    ispDatabase: replay.ispDatabase === undefined ? ispDatabase : replay.ispDatabase,
  };
  return { ...(await discover(world)), asked, dialled };
}

/** As the web has it: null never answers, until the time is up. */
async function answered(url: URL, pageAt: PageAt, signal: AbortSignal | null): Promise<Response> {
  const page = pageAt(url);
  if (page === null) {
    const { promise, reject } = Promise.withResolvers<never>();
    signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
    return promise;
  }
  const { status = 404, body = '', headers = {} } = page === undefined ? {} : { status: 200, ...page };
  return new Response(body, { status, headers });
}

export const usable: Probed = {
  host: { outcome: 'done' },
  tls: { outcome: 'done' },
  greeting: { outcome: 'done' },
};

export const gone: Probed = {
  host: { outcome: 'failed', failure: { kind: 'connect-failed' } },
  tls: { outcome: 'not-tried' },
  greeting: { outcome: 'not-tried' },
};
