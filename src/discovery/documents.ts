/**
 * What does a host of the web have to say, and what if it says nothing?
 *
 * One GET, under the one deadline of all sources, of no more octets than a document of settings has. Whatever goes wrong is an outcome:
 * to know nothing is the usual thing for a source.
 */
import { Failed } from '../core/failure.ts';
import type { GuardedFetch } from '../egress/guarded-fetch.ts';
import type { Outcome } from './finding.ts';

export interface Web {
  readonly fetch: GuardedFetch;
  /** Ends when time is up. */
  readonly signal: AbortSignal;
}

export interface Asking {
  readonly url: string;
  readonly accept: string;
  readonly mostBytes: number;
  /** Whether it may send us on, once: hosts of many domains keep their documents in one place. */
  readonly mayRedirect?: boolean;
}

export type Answer =
  | { readonly kind: 'text'; readonly text: string }
  /** `status` when it has answered, by HTTP. */
  | { readonly kind: Exclude<Outcome, 'found' | 'not-asked'>; readonly status: number | null };

export async function answerTo(asking: Asking, web: Web): Promise<Answer> {
  try {
    const response = await web.fetch(asking.url, { headers: { Accept: asking.accept }, signal: web.signal });
    const next = asking.mayRedirect === true ? nextOf(response, asking.url) : null;
    if (next === null) return await answerOf(response, asking.mostBytes);
    await response.body?.cancel();
    return await answerTo({ ...asking, url: next, mayRedirect: false }, web);
  } catch (error) {
    if (error instanceof Failed) return { kind: 'forbidden', status: null };
    // Why a host cannot be reached the platform tells in words only, and not everywhere.
    return { kind: web.signal.aborted ? 'timed-out' : 'unreachable', status: null };
  }
}

/** Where it says that the document is; the egress rule looks at that as well. */
function nextOf(response: Response, url: string): string | null {
  const location = response.headers.get('Location');
  const isRedirect = [301, 302, 303, 307, 308].includes(response.status);
  return isRedirect && location !== null && URL.canParse(location, url) ? new URL(location, url).href : null;
}

async function answerOf(response: Response, mostBytes: number): Promise<Answer> {
  const { status } = response;
  if (status === 200) {
    const bytes = await bytesOf(response, mostBytes);
    return bytes === null ? { kind: 'invalid', status } : { kind: 'text', text: new TextDecoder().decode(bytes) };
  }
  await response.body?.cancel();
  // 530 is how Cloudflare tells a Worker that a name does not resolve.
  if (status === 530) return { kind: 'unreachable', status };
  return { kind: status === 404 || status === 410 ? 'nothing' : 'invalid', status };
}

/** Null when there are more. */
async function bytesOf(response: Response, mostBytes: number): Promise<Uint8Array | null> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of response.body ?? []) {
    length += piece.length;
    // Leaving the loop cancels the rest.
    if (length > mostBytes) return null;
    pieces.push(piece);
  }
  return new Uint8Array(await new Blob(pieces).arrayBuffer());
}
