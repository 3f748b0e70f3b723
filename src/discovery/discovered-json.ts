/**
 * How is told what was found?
 */
import type { z } from '@hono/zod-openapi';
import type { Stage } from '../core/probed.ts';
import { problemOf } from '../core/problem.ts';
import { adviceOf } from './advice.ts';
import type { Answers } from './advice-schema.ts';
import type { Discovered } from './discover.ts';
import { sourceNames, urlOf } from './finding.ts';
import type { Provider } from './provider.ts';
import type { DiscoveredSchema } from './schema.ts';
import type { Checked, CheckedCandidates, Login } from './verify.ts';

type Json = z.input<typeof DiscoveredSchema>;

export function discoveredJson(
  domain: string,
  { findings, provider }: Discovered,
  { imap, pop3 }: CheckedCandidates,
  answers: Answers,
): Json {
  const offers = { imap: imap.length > 0, pop3: pop3.length > 0 };
  const isNothingKnown = !offers.imap && !offers.pop3 && provider === null;
  return {
    domain,
    candidates: { imap: imap.map(candidateJson), pop3: pop3.map(candidateJson) },
    sources: sourceNames.map((source) => {
      const { outcome, isComplete, leftOut } = findings[source];
      return { source, outcome, isComplete, leftOut: [...leftOut] };
    }),
    provider: provider === null ? null : providerJson(provider),
    recommendation: isNothingKnown ? null : adviceOf(answers, { offers, provider }),
  };
}

function candidateJson(candidate: Checked): Json['candidates']['imap'][number] {
  const { server, users, confidence, isOutsideDomain, oauth2, provider, verified } = candidate;
  const [user = '', alternativeUser = null] = users;
  return {
    server: urlOf(server),
    ...{ user, alternativeUser, confidence, isOutsideDomain, oauth2, provider },
    sources: [...candidate.sources],
    authentication: [...candidate.authentication],
    verified:
      verified === null
        ? null
        : {
            host: stageJson(verified.probed.host),
            tls: stageJson(verified.probed.tls),
            greeting: stageJson(verified.probed.greeting),
            login: stageJson(verified.login),
          },
  };
}

function stageJson(stage: Stage | Login) {
  if (stage.outcome === 'failed') return { outcome: stage.outcome, problem: problemOf(stage.failure) };
  return 'reason' in stage ? { outcome: stage.outcome, reason: stage.reason } : { outcome: stage.outcome };
}

const providerJson = ({
  id,
  name,
  appPasswords,
  limits,
  habits,
  sources,
}: Provider): NonNullable<Json['provider']> => ({
  ...{ id, name, appPasswords },
  limits: { connections: limits.connections, notes: [...limits.notes] },
  habits: habits.map(({ protocol, text }) => ({ protocol, text })),
  sources: [...sources],
});
