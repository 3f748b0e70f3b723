/**
 * Plays hostile transcripts to a Postern, each with a server and an account of its own, and tells what came of it.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { canaryPassword } from './canary.ts';
import { type ImapServer, startImapServer } from './imap-script.ts';
import { letter } from './mail.ts';
import { type PopServer, startPopServer } from './pop-script.ts';
import type { Caller, Postern } from './postern.ts';
import { newUser } from './scripted-user.ts';
import { type Transcript, transcriptsIn } from './transcript.ts';
import { labels, type Outcome, outcomeOf } from './transcript-calls.ts';
import { type PlayingServer, startPlayingServer } from './transcript-server.ts';
import type { Protocol } from './transcript-upstream.ts';

export interface HostileTranscript extends Transcript {
  readonly protocol: Protocol;
}

/** How long an answer may take that waits for no deadline, on a machine that is busy with others; longer behind what keeps Postern busy itself. */
const promptMs = 5_000;
const promptInFloodMs = 9_000;

/** The transcripts in `test/transcripts/<name>.txt`. */
export function transcriptsOf(protocol: Protocol, ...names: readonly string[]): HostileTranscript[] {
  return names.flatMap((name) => {
    const file = join(import.meta.dirname, '..', 'transcripts', `${name}.txt`);
    return transcriptsIn(readFileSync(file, 'utf8')).map((transcript) => ({ ...transcript, protocol }));
  });
}

/** The same of a file in which each names its protocol. */
export function mixedTranscriptsOf(name: string): HostileTranscript[] {
  return transcriptsOf('imap', name).map((transcript) => {
    const isPop = transcript.heads.get('protocol') === 'pop3';
    return isPop ? { ...transcript, protocol: 'pop3' } : transcript;
  });
}

/** True for those that end by a deadline of Postern's. */
export const isSlow = ({ heads }: Transcript): boolean => heads.has('within');

/** True for those that keep Postern busy all the while, so that others would have to wait for it. */
export const isFlood = ({ exchanges }: Transcript): boolean =>
  exchanges.some(({ steps }) =>
    steps.some((step) => step.do === 'endless' || (step.do === 'say' && step.bytes.length > 1_000_000)),
  );

/**
 * Plays it: the call is answered as the transcript says and in time, what the server keeps is untouched unless it says
 * otherwise, and the next call of the same account, to a server that behaves by now, is answered as if nothing had been.
 */
export async function withstand(postern: Postern, transcript: HostileTranscript): Promise<void> {
  const { name, protocol, heads } = transcript;
  const mostMs = isFlood(transcript) ? promptInFloodMs : promptMs;
  await played(transcript, async ({ server, usual, caller }) => {
    const first = await outcomeOf(postern, protocol, heads.get('call') ?? '', caller);
    expectOutcome(name, heads.get('answer') ?? '', first, Number(heads.get('within') ?? mostMs));
    expect(usual.left(), `${name}: what is left at the server`).toEqual(leftOf(protocol, heads));
    server.behave();
    const cleartext = { ...caller, mailServer: addressOf(protocol, server, 'none') };
    const next = await outcomeOf(postern, protocol, 'page', cleartext);
    const listed = leftOf(protocol, heads);
    const expected = `200 ${(protocol === 'imap' ? listed.toReversed() : listed).join(', ')}`;
    expectOutcome(`${name}: the next call`, heads.get('next') ?? expected, next, mostMs);
  });
}

export interface Played {
  readonly server: PlayingServer;
  readonly usual: Usual;
  readonly caller: Caller;
}

/** With a server of its own that plays it. */
export async function played(
  { protocol, heads, exchanges }: HostileTranscript,
  use: (played: Played) => Promise<void>,
): Promise<void> {
  const usual = await startUsual(protocol, heads);
  const server = await startPlayingServer(protocol, exchanges, usual.port);
  try {
    const mailServer = addressOf(protocol, server, heads.get('tls') ?? 'none');
    await use({ server, usual, caller: { user: newUser(), password: canaryPassword, mailServer } });
  } finally {
    await server.stop();
    await usual.stop();
  }
}

function expectOutcome(name: string, expected: string, { told, elapsedMs }: Outcome, withinMs: number): void {
  const alternatives = expected.split(' | ');
  expect(
    alternatives.includes(told) ? expected : told.slice(0, 300),
    `${name} (after ${elapsedMs.toFixed(0)} ms)`,
  ).toBe(expected);
  expect(elapsedMs, `${name}: ${told}`).toBeLessThan(withinMs);
}

/** Which messages are there afterwards; none is gone unless the transcript says so. */
function leftOf(protocol: Protocol, heads: ReadonlyMap<string, string>): readonly string[] {
  const said = heads.get('left');
  return said === undefined ? labels[protocol] : said.split(', ');
}

export interface Usual {
  readonly port: number;
  /** Which messages are there now. */
  left(): readonly string[];
  stop(): Promise<void>;
}

async function startUsual(protocol: Protocol, heads: ReadonlyMap<string, string>): Promise<Usual> {
  const capabilities = (heads.get('capabilities') ?? '').split(', ').filter((one) => one !== '');
  if (protocol === 'imap') {
    const server = await startImapServer({ messages: labels.imap.map((label) => letter(label)), capabilities });
    return {
      port: portOf(server),
      left: () => server.inbox.map(({ uid }) => String(uid)),
      stop: () => server.stop(),
    };
  }
  const messages = labels.pop3.map((uidl) => ({ uidl, bytes: letter(uidl) }));
  const server = await startPopServer({ messages, ...(capabilities.length === 0 ? {} : { capabilities }) });
  return { port: server.port, left: () => server.messages.map(({ uidl }) => uidl), stop: () => server.stop() };
}

const portOf = (server: ImapServer | PopServer): number => Number(new URL(server.caller().mailServer).port);

/** `security`: 'none' for cleartext, 'start' for STARTTLS or STLS, 'implicit'. */
function addressOf(protocol: Protocol, { port }: PlayingServer, security: string): string {
  const scheme = security === 'implicit' ? `${protocol}s` : protocol;
  const query = security === 'none' ? '?security=none' : '';
  return `${scheme}://127.0.0.1:${port}${query}`;
}
