/**
 * What does the DNS say? (RFC 8484, in the JSON of `application/dns-json`)
 *
 * A Worker has no resolver of its own to ask for SRV or MX.
 */
import { z } from 'zod';
import { limits } from '../core/limits.ts';
import { answerTo, type Web } from './documents.ts';
import type { Outcome } from './finding.ts';

export interface Resolver extends Web {
  /** `https://…/dns-query` */
  readonly dnsOverHttps: string;
}

/** RFC 1035 §3.2.2, RFC 2782. */
const types = { MX: 15, SRV: 33 } as const;

export interface Records {
  readonly outcome: Exclude<Outcome, 'not-asked'>;
  /** What stands behind the type, in the order in which it came. */
  readonly data: readonly string[];
  /** The resolver has proven them by DNSSEC (AD, RFC 4035 §3.2.3). */
  readonly isSigned: boolean;
}

const AnswerSchema = z.object({
  Status: z.int(),
  AD: z.boolean().optional(),
  Answer: z.array(z.object({ type: z.int(), data: z.string() })).optional(),
});

const noRecords = (outcome: Records['outcome']): Records => ({ outcome, data: [], isSigned: false });

export async function recordsOf(name: string, type: keyof typeof types, resolver: Resolver): Promise<Records> {
  const url = new URL(resolver.dnsOverHttps);
  url.searchParams.set('name', name);
  url.searchParams.set('type', type);
  const asking = { url: url.href, accept: 'application/dns-json', mostBytes: limits.dnsAnswerBytes };
  const answer = await answerTo(asking, resolver);
  return answer.kind === 'text' ? recordsIn(answer.text, types[type]) : noRecords(answer.kind);
}

/** RFC 1035 §4.1.1: 0 is no error, 3 no such name. */
function recordsIn(text: string, type: number): Records {
  const read = AnswerSchema.safeParse(jsonIn(text));
  if (!read.success) return noRecords('invalid');
  const { Status: status, AD: isSigned = false, Answer: answers = [] } = read.data;
  if (status === 3) return noRecords('nothing');
  // SERVFAIL, REFUSED and the like.
  if (status !== 0) return noRecords('unreachable');
  // On the way there may be CNAMEs.
  const data = answers.filter((answer) => answer.type === type).map((answer) => answer.data);
  return { outcome: data.length > 0 ? 'found' : 'nothing', data, isSigned };
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // No JSON is nothing that the schema would take.
    return undefined;
  }
}
