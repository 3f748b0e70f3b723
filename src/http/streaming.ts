/**
 * How do the bytes of a message leave?
 */
import type { Context } from 'hono';

/** What never changes under its id may be kept by the browser of the one who asked, and by nobody else. */
const immutable = 'private, max-age=31536000, immutable';

/**
 * The URL does not say whose mail it is, the headers do: a cache must not hand one account's answer to another.
 */
export const varyByAccount = 'Authorization, Mail-Server, Mail-User';

export interface BytesAnswer {
  readonly body: ReadableStream<Uint8Array>;
  readonly type: string;
  /** A file name for saving; hostile, as the sender wrote it. */
  readonly name: string | null;
  /** Null for what may change under its address: then nobody may keep it. */
  readonly etag: string | null;
}

/** A message or one of its parts, as it is. A browser saves it and never runs it. */
export function bytesResponse(c: Context, { body, type, name, etag }: BytesAnswer): Response {
  return c.body(body, 200, {
    'Content-Type': type,
    'Content-Disposition': dispositionOf(name),
    'Content-Security-Policy': "sandbox; default-src 'none'",
    'X-Content-Type-Options': 'nosniff',
    Vary: varyByAccount,
    ...(etag === null ? { 'Cache-Control': 'no-store' } : { 'Cache-Control': immutable, ETag: etag }),
  });
}

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
