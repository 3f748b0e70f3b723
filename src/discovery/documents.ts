/**
 * What does a host of the web have to say, and what if it says nothing?
 *
 * One GET, under the one deadline of all sources, of no more octets than a document of settings has. Whatever goes wrong is an outcome:
 * to know nothing is the usual thing for a source.
 */
import { Failed } from '../core/failure.ts';
import { boundedText } from '../egress/bounded-body.ts';
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

export async function answerTo({ url, accept, mostBytes, mayRedirect = false }: Asking, web: Web): Promise<Answer> {
  const headers = { Accept: accept };
  try {
    const response = await web.fetch(url, { headers, signal: web.signal, follow: mayRedirect ? 1 : 0 });
    return await answerOf(response, mostBytes);
  } catch (error) {
    if (error instanceof Failed) return { kind: 'forbidden', status: null };
    // Why a host cannot be reached the platform tells in words only, and not everywhere.
    return { kind: web.signal.aborted ? 'timed-out' : 'unreachable', status: null };
  }
}

async function answerOf(response: Response, mostBytes: number): Promise<Answer> {
  const { status } = response;
  if (status === 200) {
    const text = await boundedText(response, mostBytes);
    return text === null ? { kind: 'invalid', status } : { kind: 'text', text };
  }
  await response.body?.cancel();
  // 530 is how Cloudflare tells a Worker that a name does not resolve.
  if (status === 530) return { kind: 'unreachable', status };
  return { kind: status === 404 || status === 410 ? 'nothing' : 'invalid', status };
}
