/**
 * Postern as a caller meets it: both Workers in workerd, over HTTP.
 *
 * Every answer is looked through for canaries on its way to the test; and when it stops, every line of the log and all that
 * the objects have stored.
 */
import { Buffer } from 'node:buffer';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { z } from 'zod';
import { startWorkers, type Workers, type WorkersOptions } from '../../scripts/workers.ts';
import { ProblemSchema } from '../../src/http/problems.ts';
import { canariesIn, canaryPassword, tracesBelow, tracesInLog } from './canary.ts';

export interface Caller {
  readonly user: string;
  readonly password: string;
  /** `imaps://localhost:1234` */
  readonly mailServer: string;
  /** A capsule, which is sent in the place of all that. */
  readonly token?: string;
}

export interface Call {
  readonly method?: string;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Sent as they are. */
  readonly bytes?: Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  /** Left out: it is followed. */
  readonly redirect?: 'manual';
}

/** With the members that a kind has of its own. */
const AnyProblem = ProblemSchema.loose();

export interface Postern {
  readonly url: string;
  readonly workers: Workers;
  readonly log: readonly string[];
  /** The directory of what the objects store. */
  readonly storage: string;
  /** Any call; the answer as it came. */
  call(caller: Caller | null, path: string, call?: Call): Promise<Response>;
  /** A call that is to be answered with JSON of this shape, and with nothing else in it. */
  json<S extends z.ZodType>(schema: S, caller: Caller | null, path: string, call?: Call): Promise<z.output<S>>;
  /** A call that is to be answered with a problem of this kind. */
  problem(kind: string, caller: Caller | null, path: string, call?: Call): Promise<z.output<typeof AnyProblem>>;
  /** SIGKILL, and the same again on the same port; with `changed` among the variables. */
  crashAndRestart(changed?: Readonly<Record<string, string>>): Promise<void>;
  stop(): Promise<void>;
}

/** CAPSULE_KEYS of every Postern here, for tests that seal something themselves. */
export const testKey = `test:${Buffer.alloc(32, 7).toString('base64url')}`;

export async function startPostern(options: {
  trustedCertificates?: readonly string[];
  variables?: Record<string, string>;
  /** False: as in production, where loopback and private addresses may not be called. */
  development?: boolean;
  /** What the heap of each Worker may grow to; left out: as the runtime likes, which is according to the machine. */
  heapMb?: number | undefined;
  /** What answers HTTP in the place of the gateway. */
  front?: WorkersOptions['front'];
  /** What plays the web for the gateway. */
  web?: WorkersOptions['web'];
}): Promise<Postern> {
  const log: string[] = [];
  const storage = await mkdtemp(join(tmpdir(), 'postern-storage-'));
  // Without a web of our own no directory of the real one is asked.
  const unasked = options.web === undefined ? { DNS_OVER_HTTPS: '', ISP_DATABASE: '' } : {};
  let settings = {
    development: options.development ?? true,
    storage,
    trustedCertificates: options.trustedCertificates ?? [],
    heapMb: options.heapMb,
    // What is tested is something else than who may call, unless it is said.
    variables: { CAPSULE_KEYS: testKey, ANYONE_MAY_CALL: 'true', ...unasked, ...options.variables },
    web: options.web,
    ...(options.front === undefined ? {} : { front: options.front }),
    onLog: (line: string) => {
      log.push(line);
    },
  };
  let workers = await startWorkers(settings);
  const { url, port } = workers;

  const call: Postern['call'] = async (caller, path, { method, body, bytes, headers, signal, redirect } = {}) => {
    const response = await fetch(url + path, {
      method: method ?? (body === undefined ? 'GET' : 'POST'),
      headers: {
        ...(caller === null ? {} : accountHeaders(caller)),
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(bytes === undefined ? {} : { body: Buffer.from(bytes) }),
      ...(signal === undefined ? {} : { signal }),
      ...(redirect === undefined ? {} : { redirect }),
    });
    const heads = [...response.headers].map(([name, value]) => `${name}: ${value}`).join('\n');
    expect(canariesIn(heads), 'canaries in the headers of an answer').toEqual([]);
    return response;
  };
  return {
    url,
    log,
    storage,
    call,
    get workers() {
      return workers;
    },
    async json(schema, caller, path, options) {
      const response = await call(caller, path, options);
      const text = await response.text();
      expect(text).not.toContain(canaryPassword);
      expect(response.ok, `${response.status} ${text.slice(0, 500)}`).toBe(true);
      return schema.parse(JSON.parse(text));
    },
    async problem(kind, caller, path, options) {
      const response = await call(caller, path, options);
      const text = await response.text();
      expect(canariesIn(text), 'canaries in a problem').toEqual([]);
      expect(response.headers.get('content-type'), text.slice(0, 500)).toBe('application/problem+json');
      const problem = AnyProblem.parse(JSON.parse(text));
      expect(problem.type).toBe(`/problems/${kind}`);
      expect(problem.status).toBe(response.status);
      return problem;
    },
    async crashAndRestart(changed = {}) {
      await workers.kill();
      settings = { ...settings, variables: { ...settings.variables, ...changed } };
      workers = await startWorkers({ ...settings, port });
    },
    async stop() {
      await workers.stop();
      const stored = await tracesBelow(storage);
      await rm(storage, { recursive: true });
      expect(stored, 'canaries in what is stored').toEqual([]);
      expect(tracesInLog(log.join('\n')), 'canaries in the log').toEqual([]);
    },
  };
}

export const accountHeaders = ({ user, password, mailServer, token }: Caller): Record<string, string> =>
  token === undefined
    ? {
        Authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
        'Mail-Server': mailServer,
      }
    : { Authorization: `Bearer ${token}` };

/** The lines of an NDJSON answer. */
export async function linesOf(response: Response): Promise<Record<string, unknown>[]> {
  const text = await response.text();
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}
