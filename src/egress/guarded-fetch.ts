/**
 * How does Postern call anything by HTTPS: providers, documents of settings, webhooks?
 *
 * The only place that calls `fetch()`. Whatever asks for it, it goes through the egress rule first, and so does where it is
 * redirected to, which would lead around that rule.
 */
import { Failed } from '../core/failure.ts';
import { limits } from '../core/limits.ts';
import { parsedTarget, targetRefusalOf } from './target.ts';

export { targetRefusalOf } from './target.ts';

export interface GuardedInit extends RequestInit {
  /** From the call to the last octet of its answer; `limits.fetchMs` when nothing is said. Then `fetch` or its body throws TimeoutError. */
  readonly deadlineMs?: number;
  /** Redirections that are followed: GET alone, and nothing but `Accept` is sent there. Any further one is answered as it came. */
  readonly follow?: 0 | 1;
}

export type GuardedFetch = (url: string | URL, init?: GuardedInit) => Promise<Response>;

/** What `fetch()` is of the web, as far as it is needed. */
type Web = (target: URL, init: RequestInit) => Promise<Response>;
const theWeb: Web = (target, init) => fetch(target, init);

/**
 * `fetch` that throws `target-forbidden` before anything leaves the machine. What else it throws is what the network or the other side
 * did. Read its answers by `boundedText` and `boundedBytes`.
 */
export const guardedFetch =
  (development: boolean, web = theWeb): GuardedFetch =>
  async (url, { deadlineMs = limits.fetchMs, follow = 0, ...init } = {}) => {
    const target = admittedTarget(url, development);
    const deadline = AbortSignal.timeout(deadlineMs);
    const signal = init.signal ? AbortSignal.any([init.signal, deadline]) : deadline;
    const headers = outgoingHeaders(init.headers);
    const first = await web(target, { ...init, headers, signal, redirect: 'manual' });
    const next = follow === 1 && (init.method ?? 'GET') === 'GET' ? redirectionOf(first, target) : null;
    if (next === null) return first;
    // Also where it leads nowhere: what nobody reads would hold its connection.
    await first.body?.cancel();
    const hop = admittedTarget(next, development);
    const accept = headers.get('Accept');
    return web(hop, {
      headers: outgoingHeaders(accept === null ? {} : { Accept: accept }),
      signal,
      redirect: 'manual',
    });
  };

function admittedTarget(url: string | URL, development: boolean): URL {
  const target = parsedTarget(String(url));
  const reason = target === null ? 'address' : targetRefusalOf(target, development);
  if (target === null || reason !== null) throw new Failed({ kind: 'target-forbidden', reason: reason ?? 'address' });
  return target;
}

/** Who calls is said, and no state is kept with anybody who is called. */
function outgoingHeaders(given: RequestInit['headers']): Headers {
  const headers = new Headers(given);
  headers.delete('Cookie');
  headers.set('User-Agent', 'Postern');
  return headers;
}

/** RFC 9110 §15.4; null when there is none, or none that can be read. */
function redirectionOf({ status, headers }: Response, from: URL): URL | null {
  const location = headers.get('Location');
  return [301, 302, 303, 307, 308].includes(status) && location !== null ? URL.parse(location, from) : null;
}
