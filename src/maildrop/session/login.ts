/**
 * How does a session with a maildrop begin?
 *
 * Connect, greeting, STLS where TLS was not there from the start, USER, PASS. The password leaves only after the
 * connection is encrypted (or, in development, when cleartext was asked for).
 */
import type { Account } from '../../core/account.ts';
import { within } from '../../core/deadline.ts';
import { Failed, type MailFailure } from '../../core/failure.ts';
import { limits } from '../../core/limits.ts';
import { type Timings, timed } from '../../core/reply.ts';
import { dial, hangUp } from '../../wire/transport.ts';
import { PopConnection, Refused } from './connection.ts';

/** A connection in the TRANSACTION state (RFC 1939 §5). Throws Failed. */
export async function login(account: Account, development: boolean, timings: Timings): Promise<PopConnection> {
  const connection = await timed(timings, 'connect', () => connected(account, development));
  try {
    await timed(timings, 'login', () => authorized(connection, account));
    return connection;
  } catch (error) {
    connection.close();
    throw error;
  }
}

async function connected({ server }: Account, development: boolean): Promise<PopConnection> {
  const socket = dial(server, development);
  try {
    await within(limits.connectMs, 'connect', socket.opened);
  } catch (error) {
    hangUp(socket);
    // The platform tells a refused connection and a bad certificate apart in words only, and not everywhere.
    throw error instanceof Failed ? error : new Failed(connectFailureOf(error));
  }
  const connection = new PopConnection(socket, server);
  try {
    await connection.greeting();
    if (server.security === 'starttls') await connection.startTls();
    return connection;
  } catch (error) {
    connection.close();
    throw error instanceof Refused ? new Failed(loginFailureOf(error)) : error;
  }
}

const connectFailureOf = (error: unknown): MailFailure =>
  /tls|certificate|handshake|ssl/i.test(String(error)) ? { kind: 'tls-failed' } : { kind: 'connect-failed' };

async function authorized(connection: PopConnection, { user, password }: Account): Promise<void> {
  try {
    await connection.send('USER', user);
    await connection.send('PASS', password.reveal());
  } catch (error) {
    throw error instanceof Refused ? new Failed(loginFailureOf(error)) : error;
  }
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
