/**
 * Calls what it is told to: through the egress rule, or around it to see what the runtime does.
 */
import { connect } from 'cloudflare:sockets';
import { Failed } from '../../../src/core/failure.ts';
import { boundedText } from '../../../src/egress/bounded-body.ts';
import { type GuardedInit, guardedFetch } from '../../../src/egress/guarded-fetch.ts';

export interface Errand {
  readonly url: string;
  readonly init?: Pick<GuardedInit, 'deadlineMs' | 'follow'> & {
    readonly method?: string;
    readonly headers?: Record<string, string>;
    readonly body?: string;
  };
  /** Of what is read of the answer. */
  readonly limitBytes?: number;
  /** `fetch` or `connect` as the runtime has them, without the rule. */
  readonly bare?: 'fetch' | 'connect';
}

export type Outcome =
  | {
      readonly kind: 'answered';
      readonly status: number;
      readonly location: string | null;
      readonly text: string | null;
    }
  | { readonly kind: 'failed'; readonly failure: unknown }
  | { readonly kind: 'threw'; readonly name: string };

async function run({ url, init, limitBytes, bare }: Errand, development: boolean): Promise<Outcome> {
  try {
    if (bare === 'connect') {
      const { hostname, port } = new URL(url);
      await connect({ hostname, port: Number(port) }).opened;
      return { kind: 'answered', status: 0, location: null, text: null };
    }
    const response = bare === 'fetch' ? await fetch(url) : await guardedFetch(development)(url, init);
    const text = await boundedText(response, limitBytes ?? 1_000_000);
    return { kind: 'answered', status: response.status, location: response.headers.get('Location'), text };
  } catch (error) {
    if (error instanceof Failed) return { kind: 'failed', failure: error.failure };
    return { kind: 'threw', name: error instanceof Error ? error.name : typeof error };
  }
}

export default {
  async fetch(request, env) {
    return Response.json(await run(await request.json<Errand>(), env.DEVELOPMENT === 'true'));
  },
} satisfies ExportedHandler<{ readonly DEVELOPMENT: string }>;
