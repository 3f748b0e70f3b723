/**
 * Is a request of a size and shape that anybody needs?
 *
 * Judged before anything of it is understood.
 */
import type { MiddlewareHandler } from 'hono';
import { boundedOctets } from '../core/bounded-octets.ts';
import { Failed, type FieldError } from '../core/failure.ts';
import { limits } from '../core/limits.ts';
import type { Gateway } from './context.ts';
import { isJson } from './faults.ts';

/** Fails with `uri-too-long`, `header-too-large` or `request-invalid`. */
export const boundedHead: MiddlewareHandler<Gateway> = async (c, next) => {
  const { url, headers } = c.req.raw;
  // As it came: in ASCII, what is not is percent-encoded.
  if (url.length > limits.requestUrlBytes)
    throw new Failed({ kind: 'uri-too-long', limitBytes: limits.requestUrlBytes });
  const headerBytes = [...headers].reduce((sum, [name, value]) => sum + name.length + value.length + lineBytes, 0);
  if (headerBytes > limits.requestHeaderBytes) {
    throw new Failed({ kind: 'header-too-large', limitBytes: limits.requestHeaderBytes });
  }
  if (url.split(/[?&]/).length - 1 > limits.queryParameters) {
    throw invalid('query', `Give at most ${limits.queryParameters} parameters.`);
  }
  await next();
};

/** The colon, the space and the end of a header's line. */
const lineBytes = 4;

/**
 * For all bodies but those that are streamed. Of JSON not every depth is let through: what reads it calls itself for each level. Fails
 * with `body-too-large` or `request-invalid`.
 */
export const boundedBody: MiddlewareHandler<Gateway> = async (c, next) => {
  const { raw } = c.req;
  // Of GET and HEAD a body has no meaning (RFC 9110 §9.3.1), and nothing reads it.
  if (raw.body !== null && raw.method !== 'GET' && raw.method !== 'HEAD') {
    if (Number(c.req.header('Content-Length') ?? 0) > limits.requestBodyBytes) throw tooLarge();
    const octets = await received(raw.body);
    if (isJson(c.req.header('Content-Type')) && isDeeper(new TextDecoder().decode(octets), limits.jsonDepth)) {
      throw invalid('body', `Nest arrays and objects no deeper than ${limits.jsonDepth} levels.`);
    }
    c.req.raw = new Request(raw, { body: octets });
  }
  await next();
};

const tooLarge = (): Failed => new Failed({ kind: 'body-too-large', limitBytes: limits.requestBodyBytes });

async function received(body: ReadableStream<Uint8Array>): Promise<Uint8Array> {
  // Whatever a body throws, its sender has done: chunks that are none, or a connection that ended before it.
  const octets = await boundedOctets(body, limits.requestBodyBytes).catch(() => {
    throw invalid('body', 'Send all of it, framed as HTTP says. Nothing was done.');
  });
  if (octets === null) throw tooLarge();
  return octets;
}

/** Whether brackets outside of strings are open at once that often. Of text that is no JSON the parser has to tell. */
export function isDeeper(json: string, levels: number): boolean {
  let depth = 0;
  let isInString = false;
  // Character by character: a regular expression takes 0.2 s for a megabyte, this a fraction of that.
  for (let at = 0; at < json.length; at += 1) {
    const character = json[at];
    if (character === '"') isInString = !isInString;
    else if (isInString) at += character === '\\' ? 1 : 0;
    else if (character === '{' || character === '[') depth += 1;
    else if (character === '}' || character === ']') depth -= 1;
    if (depth > levels) return true;
  }
  return false;
}

const invalid = (place: FieldError['in'], message: string): Failed =>
  new Failed({ kind: 'request-invalid', errors: [{ in: place, field: place, message }] });
