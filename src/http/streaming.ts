/**
 * How do the bytes of a message leave?
 */
import type { Context } from 'hono';
import { type Extent, lengthOf } from '../core/byte-range.ts';

/** What never changes under its id may be kept by the browser of the one who asked, and by nobody else. */
const immutable = 'private, max-age=31536000, immutable';

/**
 * The URL does not say whose mail it is, the headers do: a cache must not hand one account's answer to another.
 */
export const varyByAccount = 'Authorization, Mail-Server, Mail-User';

export interface BytesHead {
  readonly type: string;
  /** A file name for saving; hostile, as the sender wrote it. */
  readonly name: string | null;
  /** Null for what may change under its address: then nobody may keep it. */
  readonly etag: string | null;
  readonly offersRanges: boolean;
}

export interface Octets {
  readonly body: ReadableStream<Uint8Array>;
  /** Of the whole; null when only its end will tell. */
  readonly length: number | null;
  /** Those of a range; null for all of them. */
  readonly extent: Extent | null;
}

/** A message or one of its parts, as it is. A browser saves it and never runs it. */
export function bytesResponse(c: Context, head: BytesHead, { body, length, extent }: Octets): Response {
  const count = extent === null ? length : lengthOf(extent);
  const framed = count === null ? body : body.pipeThrough(new FixedLengthStream(count));
  if (extent === null) return c.body(framed, 200, headersOf(head));
  const range = `bytes ${extent.first}-${extent.last}/${length ?? '*'}`;
  return c.body(framed, 206, { ...headersOf(head), 'Content-Range': range });
}

/** What HEAD is answered: as for GET, without an octet having been read of the rest. */
export const headResponse = (c: Context, head: BytesHead, length: number | null): Response =>
  c.body(null, 200, { ...headersOf(head), ...(length === null ? {} : { 'Content-Length': String(length) }) });

/** RFC 9110 §15.4.5 says which headers. */
export const notModifiedResponse = (c: Context, etag: string | null): Response =>
  c.body(null, 304, { Vary: varyByAccount, 'Cache-Control': 'no-store', ...keepingOf(etag) });

const headersOf = ({ type, name, etag, offersRanges }: BytesHead) => ({
  ...savedHeaders(type, name),
  'Accept-Ranges': offersRanges ? 'bytes' : 'none',
  ...keepingOf(etag),
});

/** Of what somebody else wrote: a browser saves it and never runs it. Kept by nobody, unless there is more to say. */
export const savedHeaders = (type: string, name: string | null) => ({
  'Content-Type': type,
  'Content-Disposition': dispositionOf(name),
  'Content-Security-Policy': "sandbox; default-src 'none'",
  'X-Content-Type-Options': 'nosniff',
  'Cache-Control': 'no-store',
  Vary: varyByAccount,
});

const keepingOf = (etag: string | null): Record<string, string> =>
  etag === null ? {} : { 'Cache-Control': immutable, ETag: etag };

/** RFC 6266: an ASCII name for old clients, the real one in RFC 8187's form. Nothing of it can end the header or the path. */
export function dispositionOf(name: string | null): string {
  const base = (name ?? '').split(/[\\/]/).at(-1) ?? '';
  const safe = base
    .replace(/[\p{Cc}\p{Bidi_Control}]/gu, '')
    .replace(/^[.\s]+/, '')
    .trim();
  if (safe === '') return 'attachment';
  const ascii = safe.replace(/[^\x20-\x7e]|["\\%;]/g, '_');
  const encoded = encodeURIComponent(safe.toWellFormed()).replace(
    /['()*]/g,
    (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `attachment; filename="${ascii}"; filename*=UTF-8''${encoded}`;
}

/** The Content-Type of a part. Both halves were reduced to token characters when the part was read. */
export const contentTypeOf = ({ type, charset }: { readonly type: string; readonly charset: string | null }): string =>
  charset === null ? type : `${type}; charset=${charset}`;
