/**
 * What parts does a message consist of?
 *
 * One tree for both protocols: IMAP tells it as BODYSTRUCTURE, POP has it only in the bytes, where `walk.ts` finds it.
 * A `message/rfc822` part is a leaf here: a forwarded message is an attachment, not a piece of the message around it.
 */
/** What the header of a part says, before its bytes have come. */
export interface PartHead {
  /** The numbers of IMAP, `1.2`; the empty string for a multipart at the top (RFC 9051 §6.4.5.1). */
  readonly partId: string;
  /** In lower case, `text/plain`. */
  readonly type: string;
  readonly charset: string | null;
  /** The file name, decoded. */
  readonly name: string | null;
  /** In lower case. */
  readonly disposition: string | null;
  /** Without angle brackets. */
  readonly cid: string | null;
  /** Content-Transfer-Encoding in lower case. */
  readonly encoding: string;
  /** Of plain text that is to be unwrapped (RFC 3676), and whether the blank at the end of a line goes then. */
  readonly flowed?: 'keep-blanks' | 'drop-blanks';
  /** What S/MIME says that it holds, in lower case: `signed-data` (RFC 8551 §3.2.2). */
  readonly smimeType?: string;
}

export interface MimePart extends PartHead {
  /** Octets as transferred. */
  readonly encodedSize: number;
  /** Octets after transfer decoding, where they were counted. */
  readonly decodedSize?: number;
  /** Only a multipart has any. */
  readonly children: readonly MimePart[];
}
