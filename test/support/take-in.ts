/**
 * Messages that are taken into a mailbox as the proxy is asked to, without the account that they come from: the test is that.
 */
import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect } from 'vitest';
import type { WorkersOptions } from '../../scripts/workers.ts';
import { fullAccess } from '../../src/core/access.ts';
import type { MailFailure } from '../../src/core/failure.ts';
import { encodeFrame } from '../../src/core/message-frames.ts';
import type { Parcel, Slip } from '../../src/core/parcel.ts';
import { parseMailServer } from '../../src/core/server.ts';
import { canariesIn } from './canary.ts';
import { type Caller, type Postern, startPostern } from './postern.ts';

/** It hands on what it is sent, and answers what it is answered. */
const frontSource = `export default {
  async fetch(request, env) {
    const { name, account, mailbox, options } = JSON.parse(request.headers.get('take-in'));
    const { result } = await env.MAILBOX.getByName(name).takeIn(account, mailbox, request.body, options);
    return result.ok ? new Response(result.value) : Response.json(result.failure, { status: 500 });
  },
};
`;

export interface Taking {
  /** Writes frames as they are. */
  send(...frames: readonly Uint8Array[]): void;
  /** The next slip; null when there is none. */
  next(): Promise<Slip | null>;
  /** The rest of them. */
  rest(): Promise<Slip[]>;
  goAway(): void;
}

export interface TakeInStage {
  readonly postern: Postern;
  begin(caller: Caller, options?: Partial<Asked>): Promise<Taking>;
  /** All slips for these messages, in one call. */
  takeIn(caller: Caller, messages: readonly Uint8Array[], options?: Partial<Asked>): Promise<Slip[]>;
  /** A call that fails before any message is read. */
  refused(caller: Caller, options?: Partial<Asked>): Promise<MailFailure>;
}

interface Asked {
  readonly mailbox: { readonly path: string } | { readonly role: string };
  readonly isKept: boolean;
}

export function takeInStage(trusted: () => readonly string[] = () => []): TakeInStage {
  let postern: Postern | undefined;
  let directory = '';
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'postern-front-'));
    const front = await frontIn(directory);
    postern = await startPostern({ trustedCertificates: trusted(), front });
  });
  afterAll(async () => {
    await postern?.stop();
    await rm(directory, { recursive: true });
  });
  const stage: TakeInStage = {
    get postern() {
      if (postern === undefined) throw new Error('Not before the tests begin');
      return postern;
    },
    async begin(caller, options) {
      const { calling, answer } = call(stage.postern.url, caller, options);
      calling.flushHeaders();
      return new Exchange(calling, answer);
    },
    async takeIn(caller, messages, options) {
      const taking = await stage.begin(caller, options);
      taking.send(...messages.flatMap((bytes, index) => parcel(bytes, index)), done);
      return taking.rest();
    },
    async refused(caller, options) {
      const { calling, answer } = call(stage.postern.url, caller, options);
      calling.end(encodeFrame({ kind: 'done' }));
      const response = await answer;
      expect(response.statusCode).toBe(500);
      return JSON.parse((await response.toArray()).join(''));
    },
  };
  return stage;
}

async function frontIn(directory: string): Promise<NonNullable<WorkersOptions['front']>> {
  const file = join(directory, 'front.js');
  await writeFile(file, frontSource);
  return {
    name: 'front',
    compatibilityDate: '2026-11-02',
    compatibilityFlags: [],
    modules: [{ name: 'front.js', file, kind: 'esModule' }],
    durableObjects: [{ name: 'MAILBOX', className: 'MailboxConnection', scriptName: 'postern-proxy' }],
    variables: {},
  };
}

function call(url: string, { user, password, mailServer }: Caller, options: Partial<Asked> = {}) {
  const { mailbox = { role: 'inbox' }, isKept = false } = options;
  const server = parseMailServer(mailServer);
  if (!server.ok) throw new Error(`No mail server: ${mailServer}`);
  const account = {
    server: server.value,
    user,
    credential: { kind: 'password', secret: password },
    access: fullAccess,
  };
  // As the gateway, which calls no object by its user: what has an alarm is stored with its name.
  const name = createHash('sha256').update(`${mailServer} ${user}`).digest('hex');
  const head = { name, account, mailbox, options: { isKept } };
  // A connection of its own: one that is kept from a Postern that was killed is of no use.
  const calling = request(url, { method: 'POST', agent: false, headers: { 'take-in': JSON.stringify(head) } });
  const answer = once(calling, 'response').then(([response]: IncomingMessage[]) => {
    if (response === undefined) throw new Error('No answer');
    return response;
  });
  // Who goes away need not await it.
  answer.catch(() => undefined);
  calling.on('error', () => undefined);
  return { calling, answer };
}

class Exchange implements Taking {
  readonly #calling: ClientRequest;
  readonly #lines: AsyncGenerator<string, void, undefined>;

  constructor(calling: ClientRequest, answer: Promise<IncomingMessage>) {
    this.#calling = calling;
    this.#lines = linesOf(answer);
  }

  send(...frames: readonly Uint8Array[]): void {
    for (const frame of frames) this.#calling.write(frame);
  }

  async next(): Promise<Slip | null> {
    const { value, done } = await this.#lines.next();
    if (done === true) return null;
    expect(canariesIn(value), 'canaries in a slip').toEqual([]);
    return JSON.parse(value);
  }

  async rest(): Promise<Slip[]> {
    const slips: Slip[] = [];
    for (let slip = await this.next(); slip !== null; slip = await this.next()) slips.push(slip);
    this.#calling.end();
    return slips;
  }

  goAway(): void {
    this.#calling.destroy();
  }
}

async function* linesOf(answer: Promise<IncomingMessage>): AsyncGenerator<string, void, undefined> {
  let text = '';
  for await (const bytes of await answer) {
    text += String(bytes);
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n')) {
      yield text.slice(0, end);
      text = text.slice(end + 1);
    }
  }
}

export const done = encodeFrame({ kind: 'done' });

export function headOf(bytes: Uint8Array, index: number, more: Partial<Parcel> = {}): Parcel {
  const [, messageId = null] = /^message-id: (\S+)/im.exec(Buffer.from(bytes).toString('latin1')) ?? [];
  const sha256 = createHash('sha256').update(bytes).digest('base64url');
  return {
    index,
    octets: bytes.length,
    sha256,
    identity: sha256,
    source: sha256,
    messageId,
    receivedAt: '2024-02-29T23:30:05.000Z',
    ...more,
  };
}

/** The frames of a message, as it is; `more` for what its head says otherwise. */
export function parcel(bytes: Uint8Array, index: number, more: Partial<Parcel> = {}): Uint8Array[] {
  return [...beginning(bytes, index, more), encodeFrame({ kind: 'end' })];
}

/** The same without its end. */
export function beginning(bytes: Uint8Array, index: number, more: Partial<Parcel> = {}): Uint8Array[] {
  const frames = [encodeFrame({ kind: 'message', message: headOf(bytes, index, more) })];
  for (let at = 0; at < bytes.length; at += 40_000) {
    frames.push(encodeFrame({ kind: 'bytes', bytes: bytes.subarray(at, at + 40_000) }));
  }
  return frames;
}
