/**
 * How much may a provider answer, and for how long?
 *
 * Its answers are small, and are read as a whole before anybody looks at them.
 */
import { Failed } from '../core/failure.ts';
import { limits } from '../core/limits.ts';
import { concat } from '../core/mime/bytes.ts';
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
    const signal = AbortSignal.timeout(limits.providerMs);
    const response = await fetch(url, {
      method,
      headers: asked,
      signal,
      ...(sent === undefined ? {} : { body: sent }),
    });
    const body = await wholeOf(response);
    const headers = kept.flatMap((name): [string, string][] => {
      const value = response.headers.get(name);
      return value === null ? [] : [[name, value]];
    });
    return new Response(body.length === 0 ? null : body, { status: response.status, headers });
  };

async function wholeOf({ body }: Response): Promise<Uint8Array<ArrayBuffer>> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of body ?? []) {
    length += piece.length;
    if (length > limits.providerAnswerBytes) throw new Failed({ kind: 'limit-exceeded', limit: 'providerAnswerBytes' });
    pieces.push(piece);
  }
  return Uint8Array.from(concat(pieces));
}
