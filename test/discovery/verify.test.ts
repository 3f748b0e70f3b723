/**
 * Where does a password go, and how often?
 */
import { describe, expect, it } from 'vitest';
import { Failed, type MailFailure } from '../../src/core/failure.ts';
import { limits } from '../../src/core/limits.ts';
import type { Probed } from '../../src/core/probed.ts';
import { parseMailServer } from '../../src/core/server.ts';
import type { Candidate } from '../../src/discovery/candidates.ts';
import { urlOf } from '../../src/discovery/finding.ts';
import { verified } from '../../src/discovery/verify.ts';
import { gone, usable } from '../support/replayed-world.ts';

const refused: MailFailure = { kind: 'login-refused', responseCode: null };

const candidate = (url: string, more: Partial<Candidate> = {}): Candidate => {
  const server = parseMailServer(url);
  if (!server.ok) throw new Error(url);
  return {
    server: server.value,
    users: ['ada@example.com'],
    sources: ['autoconfig'],
    confidence: 'high',
    isOutsideDomain: false,
    authentication: [],
    oauth2: null,
    provider: null,
    ...more,
  };
};

interface Script {
  readonly imap?: readonly Candidate[];
  readonly pop3?: readonly Candidate[];
  readonly unusable?: readonly string[];
  /** What a login is answered with; null: it succeeds. */
  readonly answer?: (login: string) => MailFailure | null;
}

async function verifiedBy({ imap = [], pop3 = [], unusable = [], answer = () => null }: Script) {
  const logins: string[] = [];
  const probe = async (servers: readonly Candidate['server'][]): Promise<Probed[]> =>
    servers.map((server) => (unusable.includes(urlOf(server)) ? gone : usable));
  const checked = await verified({ imap, pop3 }, probe, async (server, user) => {
    const login = `${user} ${urlOf(server)}`;
    logins.push(login);
    return answer(login);
  });
  const shown = checked.imap.map(({ server, users, verified }) => ({
    server: urlOf(server),
    users,
    login: verified?.login ?? null,
  }));
  return { logins, imap: shown, checked };
}

const [a, b, c] = ['imaps://a.example.com', 'imaps://b.example.com', 'imaps://c.example.com'] as const;

it('goes no further than the first server that takes it', async () => {
  const { logins, imap } = await verifiedBy({ imap: [candidate(a), candidate(b)] });
  expect(logins).toEqual([`ada@example.com ${a}`]);
  expect(imap.map(({ login }) => login)).toEqual([{ outcome: 'done' }, { outcome: 'not-tried', reason: 'enough' }]);
});

it('goes to two servers of a protocol at most', async () => {
  const { logins, imap } = await verifiedBy({ imap: [a, b, c].map((url) => candidate(url)), answer: () => refused });
  expect(logins).toEqual([`ada@example.com ${a}`, `ada@example.com ${b}`]);
  expect(imap.map(({ login }) => login?.outcome ?? null)).toEqual(['failed', 'failed', null]);
});

it('is tried with what stands before the @ where nobody says what the user is called, twice in all', async () => {
  const users = ['ada@example.com', 'ada'];
  const answer = (login: string) => (login.startsWith('ada@') ? refused : null);
  const { logins, imap } = await verifiedBy({ imap: [candidate(a, { users }), candidate(b, { users })], answer });
  expect(logins).toEqual([`ada@example.com ${a}`, `ada ${a}`]);
  expect(imap[0]).toEqual({ server: a, users: ['ada'], login: { outcome: 'done' } });
});

it('is not tried under another name when it was not the name or the password that was refused', async () => {
  const users = ['ada@example.com', 'ada'];
  const { logins } = await verifiedBy({ imap: [candidate(a, { users })], answer: () => ({ kind: 'connection-lost' }) });
  expect(logins).toHaveLength(1);
});

it('puts the server that takes it first', async () => {
  const answer = (login: string) => (login.endsWith(a) ? refused : null);
  const { imap } = await verifiedBy({ imap: [candidate(a), candidate(b)], answer });
  expect(imap.map(({ server }) => server)).toEqual([b, a]);
});

describe('is not sent to a server', () => {
  it.each<[string, Partial<Candidate>, readonly string[], string]>([
    ['that may be somebody else’s', { confidence: 'low', isOutsideDomain: true }, [], 'untrusted'],
    ['that takes no passwords', { authentication: ['oauth2'] }, [], 'no-password-login'],
    ['that is not there', {}, [a], 'stage-before'],
  ])('%s', async (_, more, unusable, reason) => {
    const { logins, imap } = await verifiedBy({ imap: [candidate(a, more)], unusable });
    expect(logins).toEqual([]);
    expect(imap[0]?.login).toEqual({ outcome: 'not-tried', reason });
  });
});

it('is sent to a server of the domain that is merely there', async () => {
  const { logins } = await verifiedBy({ imap: [candidate(a, { confidence: 'low' })] });
  expect(logins).toHaveLength(1);
});

it('tells why it may not be tried at all', async () => {
  const { imap } = await verifiedBy({
    imap: [candidate(a)],
    answer: () => {
      throw new Failed({ kind: 'caller-forbidden', reason: 'scope' });
    },
  });
  expect(imap[0]?.login).toEqual({ outcome: 'failed', failure: { kind: 'caller-forbidden', reason: 'scope' } });
});

it('goes to both protocols', async () => {
  const { logins, checked } = await verifiedBy({ imap: [candidate(a)], pop3: [candidate('pop3s://p.example.com')] });
  expect(logins.toSorted()).toEqual([`ada@example.com ${a}`, 'ada@example.com pop3s://p.example.com']);
  expect(checked.pop3[0]?.verified?.login).toEqual({ outcome: 'done' });
});

it('is answered in the time that a request has, however slow everybody is', () => {
  const { discoveryMs, probesMs, verifyingLogins, verifyingLoginMs, requestMs } = limits;
  // Sources, common names with TLS and with STARTTLS, the best candidates, and their logins.
  expect(discoveryMs + 2 * probesMs + probesMs + verifyingLogins * verifyingLoginMs).toBeLessThan(requestMs);
});
