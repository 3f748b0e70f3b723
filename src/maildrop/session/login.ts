/**
 * How does a session with a maildrop begin?
 *
 * Connect, greeting, STLS where TLS was not there from the start, login. The credential leaves only after the connection
 * is encrypted (or, in development, when cleartext was asked for).
 */
import { createHash } from 'node:crypto';
import type { Account } from '../../core/account.ts';
import { within } from '../../core/deadline.ts';
import { Failed, type MailFailure } from '../../core/failure.ts';
import { limits } from '../../core/limits.ts';
import { type Timings, timed } from '../../core/reply.ts';
import { chosenMechanism, type Mechanism, refusalAnswer, responsesOf } from '../../wire/sasl.ts';
import { dial, hangUp } from '../../wire/transport.ts';
import { PopCommands } from './commands.ts';
import { judged, Refused } from './status-line.ts';
import { PopWire } from './wire.ts';

export interface LoggedIn {
  readonly wire: PopWire;
  readonly commands: PopCommands;
  /** As the server announces them: `PIPELINING`, `LOGIN-DELAY 180`. */
  readonly capabilities: readonly string[];
  readonly isPipelined: boolean;
}

/** A connection in the TRANSACTION state (RFC 1939 §5). Throws Failed. */
export async function login(account: Account, development: boolean, timings: Timings): Promise<LoggedIn> {
  const socket = await timed(timings, 'connect', () => connected(account, development));
  const wire = new PopWire(socket);
  const commands = new PopCommands(wire);
  try {
    const timestamp = await timed(timings, 'connect', () => greeted(wire, account));
    const capabilities = await timed(timings, 'login', () => authorized(wire, commands, account, timestamp));
    const announced = [...capabilities].map(([name, words]) => [name, ...words].join(' '));
    return { wire, commands, capabilities: announced, isPipelined: capabilities.has('PIPELINING') };
  } catch (error) {
    wire.close();
    throw error instanceof Refused ? new Failed(loginFailureOf(error)) : error;
  }
}

async function connected({ server }: Account, development: boolean): Promise<Socket> {
  const socket = dial(server, development);
  try {
    await within(limits.connectMs, 'connect', socket.opened);
    return socket;
  } catch (error) {
    hangUp(socket);
    // The platform tells a refused connection and a bad certificate apart in words only, and not everywhere.
    throw error instanceof Failed ? error : new Failed(connectFailureOf(error));
  }
}

const connectFailureOf = (error: unknown): MailFailure =>
  /tls|certificate|handshake|ssl/i.test(String(error)) ? { kind: 'tls-failed' } : { kind: 'connect-failed' };

/** The timestamp in the greeting, for APOP (RFC 1939 §7); null when there is none. */
async function greeted(wire: PopWire, { server }: Account): Promise<string | null> {
  const greeting = await wire.within(limits.greetingMs, 'greeting', () => welcomed(wire));
  if (server.security === 'starttls') await encrypted(wire);
  return /<[^\s<>@]{1,200}@[^\s<>]{1,200}>/.exec(greeting)?.[0] ?? null;
}

/** -ERR before anybody has said who they are tells of the server, not of the password. */
async function welcomed(wire: PopWire): Promise<string> {
  try {
    return await wire.status('greeting');
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    const failure = loginFailureOf(error);
    if (failure.kind !== 'login-refused') throw new Failed(failure);
    throw new Failed({ kind: 'login-unavailable', responseCode: error.responseCode, retryAfterSeconds: 30 });
  }
}

/** STLS (RFC 2595 §4). */
async function encrypted(wire: PopWire): Promise<void> {
  try {
    await sent(wire, 'STLS', 'STLS');
  } catch (error) {
    throw error instanceof Refused ? new Failed({ kind: 'tls-failed' }) : error;
  }
  await wire.startTls();
}

/**
 * By SASL where the server offers a mechanism that fits, else by the password, else by a digest of it: a timestamp in the
 * greeting does not yet say that the server knows this user for APOP.
 */
async function authorized(wire: PopWire, commands: PopCommands, account: Account, timestamp: string | null) {
  const { user, credential } = account;
  // Only now: what a server says of itself before TLS may be somebody else's word.
  const capabilities = await commands.capabilities();
  const mechanism = chosenMechanism(new Set(capabilities.get('SASL')), account);
  const secret = credential.secret.reveal();
  if (mechanism !== null) {
    await wire.within(limits.loginMs, 'login', () => exchangeSasl(wire, mechanism, responsesOf(mechanism, account)));
  } else if (credential.kind === 'access-token') {
    throw new Failed({ kind: 'unsupported-by-server', feature: 'SASL OAUTHBEARER or XOAUTH2' });
  } else if (timestamp !== null && capabilities.size > 0 && !capabilities.has('USER')) {
    await sent(wire, 'APOP', `APOP ${user} ${apopDigest(timestamp, secret)}`);
  } else {
    await sent(wire, 'USER', `USER ${user}`);
    await sent(wire, 'PASS', `PASS ${secret}`);
  }
  return capabilities;
}

const sent = (wire: PopWire, command: string, line: string): Promise<string> =>
  wire.within(limits.loginMs, 'login', async () => {
    await wire.write(line);
    return wire.status(command);
  });

/** RFC 1939 §7 has it in MD5; it is sent through TLS like everything else. */
const apopDigest = (timestamp: string, secret: string): string =>
  createHash('md5').update(`${timestamp}${secret}`, 'utf8').digest('hex');

/** AUTH (RFC 5034 §4). Throws Refused when the server does not take what the responses prove. */
async function exchangeSasl(wire: PopWire, mechanism: Mechanism, responses: readonly string[]): Promise<void> {
  const withInitial = `AUTH ${mechanism} ${responses[0]}`;
  // A command ends at 255 octets, and a longer response waits for its challenge. LOGIN always does.
  const isInline = mechanism !== 'LOGIN' && withInitial.length <= 253;
  const pending = isInline ? responses.slice(1) : [...responses];
  await wire.write(isInline ? withInitial : `AUTH ${mechanism}`);
  for (let challenges = 0; challenges <= responses.length; challenges++) {
    const line = await wire.line();
    if (!/^\+(?: |$)/.test(line)) {
      judged('AUTH', line);
      return;
    }
    // A challenge that nothing is left to answer explains a refusal, which comes when it was acknowledged.
    await wire.write(pending.shift() ?? refusalAnswer(mechanism));
  }
  throw new Failed({ kind: 'protocol-violated', detail: 'It asks for more than the login has to say.' });
}

/** What -ERR at a login means (RFC 2449 §8, RFC 3206). */
export function loginFailureOf({ responseCode, text }: Pick<Refused, 'responseCode' | 'text'>): MailFailure {
  if (responseCode === 'IN-USE') return { kind: 'maildrop-locked', retryAfterSeconds: 10 };
  if (responseCode === 'LOGIN-DELAY' || responseCode === 'SYS/TEMP') {
    return { kind: 'login-unavailable', responseCode, retryAfterSeconds: 30 };
  }
  // Servers older than RFC 2449 say it in words; these are the words of popa3d, qpopper and mailutils.
  const saysLocked = responseCode === null && /\b(lock|locked|in use|busy)\b/i.test(text);
  return saysLocked ? { kind: 'maildrop-locked', retryAfterSeconds: 10 } : { kind: 'login-refused', responseCode };
}
