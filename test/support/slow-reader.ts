/**
 * A caller of Postern that takes its time, or goes away in one of the ways in which callers do.
 *
 * A socket of its own, since an HTTP client reads ahead. What it has not asked for stays in the kernel's buffers, which
 * are all that is between it and Postern.
 */
import { Buffer } from 'node:buffer';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { accountHeaders, type Caller, type Postern } from './postern.ts';

const tailBytes = 2000;

export interface SlowReader {
  readonly status: number;
  /** Bytes of the body that were read, as transferred. */
  readonly received: number;
  /** Reads that much, or to the end. */
  read(bytes: number): Promise<void>;
  /** Reads so much every second from now on. */
  readAt(bytesPerSecond: number): void;
  /** The end of what was read, so far. */
  readonly tail: string;
  /** Reads on as fast as it can. Answers whether the body ended as it should (RFC 9112 §7.1). */
  readAll(): Promise<'whole' | 'broken'>;
  stopReading(): void;
  /** Reads until nothing has come for a while. */
  drain(): Promise<void>;
  /** A FIN: says that it will send no more, stays, and reads no more either. */
  finish(): void;
  /** Closes. With everything read that is a FIN, otherwise a RST. */
  close(): void;
  /** A RST. */
  reset(): void;
}

/** Asks, and resolves with the head of the answer; nothing of its body is read. */
export async function openReader(postern: Postern, caller: Caller, path: string, body?: unknown): Promise<SlowReader> {
  const { hostname, port } = new URL(postern.url);
  const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true });
  // A connection that Postern ends is what these tests are about; `readAll` tells how.
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  socket.write(requestOf(caller, path, body));
  const head = await headOf(socket);
  const length = /^content-length: (\d+)/im.exec(head)?.[1];
  return new Reader(socket, Number(/^HTTP\/1\.1 (\d+)/.exec(head)?.[1]), length === undefined ? null : Number(length));
}

function requestOf(caller: Caller, path: string, body: unknown): string {
  const content = body === undefined ? '' : JSON.stringify(body);
  const headers = {
    Host: 'localhost',
    Connection: 'close',
    ...accountHeaders(caller),
    ...(body === undefined
      ? {}
      : { 'Content-Type': 'application/json', 'Content-Length': `${Buffer.byteLength(content)}` }),
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${body === undefined ? 'GET' : 'POST'} ${path} HTTP/1.1\r\n${lines.join('')}\r\n${content}`;
}

async function headOf(socket: Socket): Promise<string> {
  let head = '';
  while (!head.endsWith('\r\n\r\n')) {
    const byte: Buffer | null = socket.read(1);
    if (byte !== null) head += byte.toString('latin1');
    else if (socket.readableEnded || socket.destroyed) throw new Error('the answer has no head');
    else await once(socket, 'readable');
  }
  return head;
}

class Reader implements SlowReader {
  readonly status: number;
  received = 0;
  readonly #socket: Socket;
  readonly #length: number | null;
  #pace: ReturnType<typeof setInterval> | undefined;
  #tail = Buffer.alloc(0);

  /** `length` as the answer announced it; null for one in chunks. */
  constructor(socket: Socket, status: number, length: number | null) {
    this.#socket = socket;
    this.status = status;
    this.#length = length;
  }

  async read(bytes: number): Promise<void> {
    const until = this.received + bytes;
    while (this.received < until && !this.#isOver) {
      if (this.#take(until - this.received) === 0) await this.#news();
    }
  }

  readAt(bytesPerSecond: number): void {
    this.stopReading();
    this.#pace = setInterval(() => this.#take(bytesPerSecond), 1000);
  }

  async readAll(): Promise<'whole' | 'broken'> {
    this.stopReading();
    await this.read(Number.POSITIVE_INFINITY);
    this.#socket.destroy();
    const isWhole = this.#length === null ? this.tail.endsWith('\r\n0\r\n\r\n') : this.received === this.#length;
    return isWhole ? 'whole' : 'broken';
  }

  stopReading(): void {
    clearInterval(this.#pace);
  }

  async drain(): Promise<void> {
    this.stopReading();
    const quietMs = 300;
    for (let lastAt = Date.now(); Date.now() - lastAt < quietMs && !this.#isOver; ) {
      if (this.#take(Number.POSITIVE_INFINITY) > 0) lastAt = Date.now();
      else await Promise.race([this.#news(), delay(quietMs)]);
    }
  }

  finish(): void {
    this.stopReading();
    this.#socket.end();
  }

  close(): void {
    this.stopReading();
    this.#socket.destroy();
  }

  reset(): void {
    this.stopReading();
    this.#socket.resetAndDestroy();
  }

  get tail(): string {
    return this.#tail.toString('latin1');
  }

  get #isOver(): boolean {
    return this.#socket.readableEnded || this.#socket.destroyed;
  }

  /** Of what has come, that much at most. */
  #take(bytes: number): number {
    const taken: Buffer | null = this.#socket.read(Math.min(bytes, this.#socket.readableLength)) ?? null;
    if (taken === null) return 0;
    this.received += taken.length;
    this.#tail = Buffer.concat([this.#tail, taken.subarray(-tailBytes)]).subarray(-tailBytes);
    return taken.length;
  }

  async #news(): Promise<void> {
    const settled = Promise.withResolvers<void>();
    const events = ['readable', 'end', 'close'] as const;
    for (const event of events) this.#socket.once(event, settled.resolve);
    // Asks the socket for more; without it a stream that is read by hand may wait for ever.
    this.#socket.read(0);
    await settled.promise;
    for (const event of events) this.#socket.off(event, settled.resolve);
  }
}
