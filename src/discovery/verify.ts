/**
 * Do the best candidates hold what they promise?
 *
 * Step by step: host, TLS, greeting, login. The password goes to few of them, to none that may be somebody else's, and no further than
 * the first that takes it.
 */
import { Failed, type MailFailure } from '../core/failure.ts';
import { limits } from '../core/limits.ts';
import { isUsable, type Probed } from '../core/probed.ts';
import type { MailServer } from '../core/server.ts';
import type { Candidate, Candidates } from './candidates.ts';
import type { Probe } from './common-names.ts';

/** Why a password was not tried: `untrusted` is a server that may be somebody else's, `enough` comes after others were tried. */
export const notTriedReasons = ['stage-before', 'untrusted', 'no-password-login', 'enough'] as const;
export type NotTriedReason = (typeof notTriedReasons)[number];

export type Login =
  | { readonly outcome: 'done' }
  | { readonly outcome: 'failed'; readonly failure: MailFailure }
  | { readonly outcome: 'not-tried'; readonly reason: NotTriedReason };

export interface Checked extends Candidate {
  readonly verified: { readonly probed: Probed; readonly login: Login } | null;
}

export type CheckedCandidates = { readonly [protocol in keyof Candidates]: readonly Checked[] };

export const unchecked = ({ imap, pop3 }: Candidates): CheckedCandidates => ({
  imap: imap.map((candidate) => ({ ...candidate, verified: null })),
  pop3: pop3.map((candidate) => ({ ...candidate, verified: null })),
});

/** Null when the password was taken. Throws Failed when it may not be tried there at all. */
export type LogIn = (server: MailServer, user: string) => Promise<MailFailure | null>;

/** Looks at the best of each protocol, and tries to log in. */
export async function verified(candidates: Candidates, probe: Probe, logIn: LogIn): Promise<CheckedCandidates> {
  const looked = [candidates.imap, candidates.pop3].flatMap((some) => some.slice(0, limits.verifiedCandidates));
  const probed = looked.length === 0 ? [] : await probe(looked.map(({ server }) => server));
  const seen = new Map(looked.map((candidate, index) => [candidate, probed[index]]));
  const [imap, pop3] = await Promise.all([
    checked(candidates.imap, seen, logIn),
    checked(candidates.pop3, seen, logIn),
  ]);
  return { imap, pop3 };
}

/** One after the other, so that the first that takes the password is the last that sees it. What is proven comes first. */
async function checked(
  candidates: readonly Candidate[],
  seen: ReadonlyMap<Candidate, Probed | undefined>,
  logIn: LogIn,
): Promise<readonly Checked[]> {
  const all: Checked[] = [];
  let left: number = limits.verifyingLogins;
  for (const candidate of candidates) {
    const probed = seen.get(candidate);
    const reason = probed === undefined ? 'enough' : reasonAgainst(candidate, probed, left);
    if (probed === undefined) all.push({ ...candidate, verified: null });
    else if (reason !== null) all.push({ ...candidate, verified: { probed, login: { outcome: 'not-tried', reason } } });
    else {
      const { users, login, tries } = await tried({ ...candidate, users: candidate.users.slice(0, left) }, logIn);
      left = login.outcome === 'done' ? 0 : left - tries;
      all.push({ ...candidate, users, verified: { probed, login } });
    }
  }
  return all.toSorted((one, other) => Number(isProven(other)) - Number(isProven(one)));
}

function reasonAgainst(candidate: Candidate, probed: Probed, left: number): NotTriedReason | null {
  const { confidence, isOutsideDomain, authentication } = candidate;
  if (!isUsable(probed)) return 'stage-before';
  // RFC 6186 §6: else whoever forges an answer of the DNS would be sent the password.
  if (confidence === 'low' && isOutsideDomain) return 'untrusted';
  if (authentication.length > 0 && !authentication.includes('password')) return 'no-password-login';
  return left > 0 ? null : 'enough';
}

interface Tried {
  /** That which was taken; else all of them, as before. */
  readonly users: readonly string[];
  readonly login: Login;
  readonly tries: number;
}

async function tried({ server, users }: Candidate, logIn: LogIn): Promise<Tried> {
  let login: Login = { outcome: 'not-tried', reason: 'enough' };
  let tries = 0;
  for (const user of users) {
    const failure = await failureOf(logIn, server, user);
    tries += 1;
    if (failure === null) return { users: [user], login: { outcome: 'done' }, tries };
    login = { outcome: 'failed', failure };
    // Another name may help where this one was refused, and nowhere else.
    if (failure.kind !== 'login-refused') break;
  }
  return { users, login, tries };
}

async function failureOf(logIn: LogIn, server: MailServer, user: string): Promise<MailFailure | null> {
  try {
    return await logIn(server, user);
  } catch (error) {
    if (error instanceof Failed) return error.failure;
    throw error;
  }
}

export const isProven = ({ verified }: Checked): boolean => verified?.login.outcome === 'done';
