/**
 * How are bytes taken from a socket?
 *
 * Into memory of ours, the same for every packet. Left to itself the runtime reads 4 KiB at a time, each into memory of its
 * own, and a large message outruns the collection of what is left behind.
 */
const packetBytes = 64 * 1024;

export interface Packets {
  /** The next packet, or null when the other side has closed. Its memory is that of the packet before. */
  read(): Promise<Uint8Array<ArrayBuffer> | null>;
  releaseLock(): void;
}

export function packetsOf(readable: ReadableStream<Uint8Array>): Packets {
  const reader = readable.getReader({ mode: 'byob' });
  let memory = new ArrayBuffer(packetBytes);
  return {
    async read() {
      const { done, value } = await reader.read(new Uint8Array(memory));
      if (value !== undefined) memory = value.buffer;
      return done ? null : value;
    },
    releaseLock: () => reader.releaseLock(),
  };
}
