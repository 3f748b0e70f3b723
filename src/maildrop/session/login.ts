/**
 * How does a session with a maildrop begin?
 *
 * Connect, greeting, STLS where TLS was not there from the start, login. The credential leaves only after the connection
 * is encrypted (or, in development, when cleartext was asked for).
 */
import { createHash } from 'node:crypto';
import type { LoginAccount } from '../../core/account.ts';
import { within } from '../../core/deadline.ts';
import { Failed, type MailFailure } from '../../core/failure.ts';
import { limits } from '../../core/limits.ts';
import { type Timings, timed } from '../../core/reply.ts';
import { chosenMechanism, type Mechanism, refusalAnswer, responsesOf } from '../../wire/sasl.ts';
import { dial, hangUp } from '../../wire/transport.ts';
import { argumentsOf, hasCapability } from './capabilities.ts';
import { PopCommands } from './commands.ts';
import { loginFailureOf } from './refusals.ts';
import { judged, Refused } from './status-line.ts';
import { PopWire } from './wire.ts';

export interface LoggedIn {
  readonly wire: PopWire;
  readonly commands: PopCommands;
  /** As CAPA tells them; empty when the server has no CAPA. */
  readonly capabilities: readonly string[];
}

/** A connection in the TRANSACTION state (RFC 1939 §5). Throws Failed. */
export async function login(account: LoginAccount, development: boolean, timings: Timings): Promise<LoggedIn> {
  const socket = await timed(timings, 'connect', () => connected(account, development));
  const wire = new PopWire(socket);
  const commands = new PopCommands(wire);
  let capabilities: readonly string[] = [];
  try {
    const timestamp = await timed(timings, 'connect', () => greeted(wire, account));
    await timed(timings, 'login', async () => {
      // Only now: what a server says of itself before TLS may be somebody else's word.
      capabilities = await commands.CAPA();
      await authorized(wire, account, capabilities, timestamp);
    });
    return { wire, commands, capabilities };
  } catch (error) {
    wire.close();
    throw error instanceof Refused ? new Failed(loginFailureOf(error, capabilities)) : error;
  }
}

async function connected({ server }: LoginAccount, development: boolean): Promise<Socket> {
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
async function greeted(wire: PopWire, { server }: LoginAccount): Promise<string | null> {
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
async function authorized(
  wire: PopWire,
  account: LoginAccount,
  capabilities: readonly string[],
  timestamp: string | null,
): Promise<void> {
  const mechanism = chosenMechanism(new Set(argumentsOf(capabilities, 'SASL')), account);
  const server = { wire, capabilities };
  if (mechanism !== null) {
    await wire.within(limits.loginMs, 'login', () => exchangeSasl(server, mechanism, responsesOf(mechanism, account)));
  } else if (account.credential.kind === 'access-token') {
    throw new Failed({ kind: 'unsupported-by-server', feature: 'SASL OAUTHBEARER or XOAUTH2' });
  } else if (timestamp !== null && capabilities.length > 0 && !hasCapability(capabilities, 'USER')) {
    await provenByDigest(server, account, timestamp);
  } else {
    await provenByPassword(server, account, capabilities.length > 0 ? null : timestamp);
  }
}

type Asked = Pick<LoggedIn, 'wire' | 'capabilities'>;

/**
 * The first command of a login. UTF8 goes before it where the server knows it, since afterwards it is too late (RFC 6856 §2.1): else
 * header fields in UTF-8 would come as the server rewrites them for clients of old. In the same packet, where that may be.
 */
async function writeFirst({ wire, capabilities }: Asked, line: string): Promise<void> {
  if (!hasCapability(capabilities, 'UTF8')) return wire.write(line);
  const isPipelined = hasCapability(capabilities, 'PIPELINING');
  await wire.write('UTF8', ...(isPipelined ? [line] : []));
  try {
    await wire.status('UTF8');
  } catch (error) {
    // What it announces and refuses is its business: nothing is lost that a server without it would give.
    if (!(error instanceof Refused)) throw error;
  }
  if (!isPipelined) await wire.write(line);
}

/** USER and PASS (RFC 1939 §7). A server that knows neither them nor CAPA, and greets with a timestamp, may know APOP. */
async function provenByPassword(server: Asked, account: LoginAccount, timestamp: string | null): Promise<void> {
  try {
    await sentFirst(server, 'USER', `USER ${account.user}`);
  } catch (error) {
    const isUnknown = error instanceof Refused && loginFailureOf(error).kind === 'login-refused';
    if (!isUnknown || error.responseCode !== null || timestamp === null) throw error;
    await provenByDigest(server, account, timestamp);
    return;
  }
  await sent(server.wire, 'PASS', `PASS ${account.credential.secret.reveal()}`);
}

/** APOP (RFC 1939 §7), which has it in MD5; it is sent through TLS like everything else. */
async function provenByDigest(server: Asked, { user, credential }: LoginAccount, timestamp: string): Promise<void> {
  const digest = createHash('md5').update(`${timestamp}${credential.secret.reveal()}`, 'utf8').digest('hex');
  await sentFirst(server, 'APOP', `APOP ${user} ${digest}`);
}

const sentFirst = (server: Asked, command: string, line: string): Promise<string> =>
  server.wire.within(limits.loginMs, 'login', async () => {
    await writeFirst(server, line);
    return server.wire.status(command);
  });

const sent = (wire: PopWire, command: string, line: string): Promise<string> =>
  wire.within(limits.loginMs, 'login', async () => {
    await wire.write(line);
    return wire.status(command);
  });

/** AUTH (RFC 5034 §4). Throws Refused when the server does not take what the responses prove. */
async function exchangeSasl(server: Asked, mechanism: Mechanism, responses: readonly string[]): Promise<void> {
  const { wire } = server;
  const withInitial = `AUTH ${mechanism} ${responses[0]}`;
  // A command ends at 255 octets, and a longer response waits for its challenge. LOGIN always does.
  const isInline = mechanism !== 'LOGIN' && withInitial.length <= 253;
  const pending = isInline ? responses.slice(1) : [...responses];
  let isRepeatable = isInline;
  await writeFirst(server, isInline ? withInitial : `AUTH ${mechanism}`);
  for (let challenges = 0; challenges <= responses.length; challenges++) {
    const line = await wire.line();
    if (!/^\+(?: |$)/.test(line)) {
      judged('AUTH', line);
      return;
    }
    // A server older than RFC 5034 has overlooked the initial response, and asks for it by an empty challenge.
    if (isRepeatable && line.slice(1).trim() === '') pending.unshift(...responses.slice(0, 1));
    isRepeatable = false;
    // A challenge that nothing is left to answer explains a refusal, which comes when it was acknowledged.
    await wire.write(pending.shift() ?? refusalAnswer(mechanism));
  }
  throw new Failed({ kind: 'protocol-violated', detail: 'It asks for more than the login has to say.' });
}
