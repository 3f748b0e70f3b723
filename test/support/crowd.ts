/**
 * Many requests at the same time, and how each of them fared.
 */
import { ProblemSchema } from '../../src/http/problems.ts';
import type { Call, Caller, Postern } from './postern.ts';

export interface Request {
  readonly path: string;
  readonly call?: Call;
  /** Fails when the answer is not the right one. */
  readonly check?: (bytes: Uint8Array) => void;
}

export interface Fare {
  readonly path: string;
  readonly status: number;
  /** `queue-full`, `deadline-exceeded: login`; null for an answer that is none. */
  readonly problem: string | null;
  readonly limitedBy: unknown;
  readonly retryAfter: string | null;
  /** From the first of the crowd to the end of this answer. */
  readonly elapsedMs: number;
  /** How long it waited for a mail session, as its Server-Timing says. */
  readonly queueMs: number;
}

/** Sends all of them at once; resolves when the last is answered. `onAnswer` hears of each as it comes. */
export async function allAtOnce(
  postern: Postern,
  caller: Caller,
  requests: readonly Request[],
  onAnswer: (fare: Fare) => void = () => undefined,
): Promise<Fare[]> {
  const start = performance.now();
  return Promise.all(
    requests.map(async ({ path, call, check }) => {
      const response = await postern.call(caller, path, call);
      const bytes = new Uint8Array(await response.arrayBuffer());
      const elapsedMs = performance.now() - start;
      if (response.ok) check?.(bytes);
      const fare = {
        path,
        status: response.status,
        ...problemIn(response, bytes),
        elapsedMs,
        queueMs: queueOf(response),
      };
      onAnswer(fare);
      return fare;
    }),
  );
}

function problemIn(response: Response, bytes: Uint8Array): Pick<Fare, 'problem' | 'limitedBy' | 'retryAfter'> {
  const retryAfter = response.headers.get('retry-after');
  if (response.ok) return { problem: null, limitedBy: null, retryAfter };
  const problem = ProblemSchema.loose().parse(JSON.parse(new TextDecoder().decode(bytes)));
  const kind = problem.type.replace('/problems/', '');
  const { phase, limitedBy } = problem;
  return { problem: phase === undefined ? kind : `${kind}: ${phase}`, limitedBy, retryAfter };
}

const queueOf = (response: Response): number =>
  Number(/\bqueue;dur=([\d.]+)/.exec(response.headers.get('server-timing') ?? '')?.[1] ?? 0);

/** How many fared how: `{"200": 203, "429 queue-full": 47}`. */
export function tally(fares: readonly Fare[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { status, problem } of fares) {
    const key = problem === null ? `${status}` : `${status} ${problem}`;
    counts[key] = (counts[key] ?? 0) + 1;
  }
  return counts;
}

/** The longest of these times, whole milliseconds. */
export const longest = (fares: readonly Fare[], what: 'elapsedMs' | 'queueMs'): number =>
  Math.round(Math.max(...fares.map((fare) => fare[what])));
