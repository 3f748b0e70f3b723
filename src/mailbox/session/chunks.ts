/**
 * How much is to be fetched, and was that all?
 *
 * Arithmetic on sizes that servers announce and sometimes get wrong. Pure.
 */

/** Room for what a decoder may drop, and so that a character at the cut is not the last. */
const slackBytes = 1024;

/** How many encoded octets surely decode to `decodedBytes`, if there are as many. */
export function encodedBytes(decodedBytes: number, encoding: string): number {
  if (decodedBytes <= 0) return 0;
  switch (encoding) {
    case 'base64':
      // 57 octets make a line of 76 and its CRLF (RFC 2045 §6.8); shorter lines than that are what the slack is for.
      return Math.ceil((decodedBytes * 78) / 57) + slackBytes;
    case 'quoted-printable':
      // At worst every octet is three, and every 25 of them need a soft line break.
      return Math.ceil(decodedBytes * 3 * (79 / 76)) + slackBytes;
    default:
      return decodedBytes + slackBytes;
  }
}

/** Whether there is more than the `received` octets of the `asked` ones. Less than asked for is the end, whatever was announced. */
export function isCut(received: number, asked: number, announced: number): boolean {
  return received >= asked && announced !== received;
}

export interface Chunk {
  /** Octets received, this chunk included. */
  readonly total: number;
  readonly received: number;
  readonly asked: number;
  /** What RFC822.SIZE or BODYSTRUCTURE said. */
  readonly announced: number;
}

/**
 * Whether a chunk is known to be the last. A full chunk never is, since the size may have been announced too small; a
 * short one is not either while octets are missing, since some servers give less at a time than they are asked for.
 */
export function isLast({ total, received, asked, announced }: Chunk): boolean {
  return received === 0 || (received < asked && total >= announced);
}
