/**
 * How much may a provider answer, and for how long?
 *
 * Its answers are small, and are read as a whole before anybody looks at them.
 */
import { Failed } from '../core/failure.ts';
import { limits } from '../core/limits.ts';
import { boundedBytes } from '../egress/bounded-body.ts';
import type { GuardedFetch } from '../egress/guarded-fetch.ts';

/** What says how an answer is to be read. */
const kept = ['Content-Type', 'WWW-Authenticate'];

interface Question {
  readonly method: string;
  readonly headers: Record<string, string>;
  readonly body?: URLSearchParams | undefined;
}

/** `fetch` that fails with `limit-exceeded` when more comes, and gives up in time. */
export const boundedFetch =
  (fetch: GuardedFetch) =>
  async (url: string, { method, headers: asked, body: sent }: Question): Promise<Response> => {
    const response = await fetch(url, {
      method,
      headers: asked,
      deadlineMs: limits.providerMs,
      ...(sent === undefined ? {} : { body: sent }),
    });
    const body = await boundedBytes(response, limits.providerAnswerBytes);
    if (body === null) throw new Failed({ kind: 'limit-exceeded', limit: 'providerAnswerBytes' });
    const headers = kept.flatMap((name): [string, string][] => {
      const value = response.headers.get(name);
      return value === null ? [] : [[name, value]];
    });
    return new Response(body.length === 0 ? null : Uint8Array.from(body), { status: response.status, headers });
  };
