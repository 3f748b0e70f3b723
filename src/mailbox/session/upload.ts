/**
 * Is what a caller sends a message that IMAP can carry?
 *
 * Its octets as they come, never more than one packet at a time, and looked through on the way: as many as announced, lines
 * that end in CR LF, and no NUL (RFC 5322 §2.3, RFC 9051 §4.3). Nothing is mended: some servers would refuse a bare LF and
 * some alter it, and with its line ends changed a message would not be the one that was sent any more.
 */
import { err, Failed, type MailFailure, ok, type Result } from '../../core/failure.ts';
import { limits } from '../../core/limits.ts';

type Packet = Uint8Array | null;

const packetBytes = 64 * 1024;

export class Upload {
  readonly lengthBytes: number;
  readonly #reader: ReadableStreamBYOBReader;
  readonly #startedAt = Date.now();
  // The same for every packet, as for those of a socket (wire/packets.ts).
  #memory = new ArrayBuffer(packetBytes);
  #first: Promise<Packet> | null = null;
  #received = 0;
  #lastOctet = 0;

  constructor(body: ReadableStream<Uint8Array>, lengthBytes: number) {
    this.#reader = body.getReader({ mode: 'byob' });
    this.lengthBytes = lengthBytes;
  }

  /** Waits for the first packet, so that most of what is wrong shows before any mail server is called. */
  async begin(): Promise<Result<void>> {
    try {
      const first = await this.#read();
      this.#first = Promise.resolve(first);
      return ok(undefined);
    } catch (error) {
      if (!(error instanceof Failed)) throw error;
      return err(error.failure);
    }
  }

  /** The next octets, or null after the last; they are there until the next call. Throws Failed. */
  async next(): Promise<Packet> {
    const first = this.#first;
    this.#first = null;
    return first ?? this.#read();
  }

  /** Takes no more of it. */
  end(): void {
    // A caller who has gone away is nobody to tell.
    this.#reader.cancel().catch(() => undefined);
  }

  async #read(): Promise<Packet> {
    const left = limits.uploadMs - (Date.now() - this.#startedAt);
    const packet = await this.#within(Math.min(left, limits.stalledSenderMs));
    if (packet === null) {
      if (this.#received < this.lengthBytes || this.#lastOctet === cr) throw this.#incomplete();
      return null;
    }
    const fault = faultIn(packet, this.#lastOctet);
    if (fault !== null) throw invalid(`${fault.what} at octet ${this.#received + fault.at + 1}. ${remedy}`);
    this.#received += packet.length;
    this.#lastOctet = packet.at(-1) ?? this.#lastOctet;
    if (this.#received > this.lengthBytes) throw invalid('There is more of it than Content-Length says.');
    return packet;
  }

  async #within(limitMs: number): Promise<Packet> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const stalled = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(invalid('It came too slowly, or stopped coming.')), limitMs);
    });
    // Whatever breaks a request's body, it is the caller who has gone away.
    const packet = this.#reader.read(new Uint8Array(this.#memory)).catch(() => Promise.reject(this.#incomplete()));
    try {
      const { done, value } = await Promise.race([packet, stalled]);
      if (value !== undefined) this.#memory = value.buffer;
      return done ? null : value;
    } finally {
      clearTimeout(timer);
    }
  }

  #incomplete(): Failed {
    return this.#received < this.lengthBytes
      ? invalid(`It ended after ${this.#received} of ${this.lengthBytes} octets.`)
      : invalid(`A CR without LF at octet ${this.#received}. ${remedy}`);
  }
}

const nul = 0;
const lf = 10;
const cr = 13;

const remedy = 'Send the message with lines that end in CR LF, and without NUL. Nothing was added.';

const invalid = (message: string): Failed => {
  const failure: MailFailure = { kind: 'request-invalid', errors: [{ in: 'body', field: 'body', message }] };
  return new Failed(failure);
};

interface Fault {
  readonly what: string;
  /** Its index in the packet; -1 for the last octet of the packet before. */
  readonly at: number;
}

/** The first octet that cannot stay; `before` is the last octet of the packet before. */
export function faultIn(packet: Uint8Array, before: number): Fault | null {
  if (packet.length === 0) return null;
  if (before === cr && packet[0] !== lf) return { what: 'A CR without LF', at: -1 };
  const faults = [
    { what: 'A NUL', at: packet.indexOf(nul) },
    { what: 'An LF without CR', at: bareLf(packet, before) },
    { what: 'A CR without LF', at: bareCr(packet) },
  ].filter(({ at }) => at >= 0);
  return faults.reduce<Fault | null>((least, fault) => (least === null || fault.at < least.at ? fault : least), null);
}

function bareLf(packet: Uint8Array, before: number): number {
  for (let at = packet.indexOf(lf); at >= 0; at = packet.indexOf(lf, at + 1)) {
    if ((at === 0 ? before : packet[at - 1]) !== cr) return at;
  }
  return -1;
}

/** One that ends the packet may have its LF in the next. */
function bareCr(packet: Uint8Array): number {
  for (let at = packet.indexOf(cr); at >= 0; at = packet.indexOf(cr, at + 1)) {
    if (at + 1 < packet.length && packet[at + 1] !== lf) return at;
  }
  return -1;
}
