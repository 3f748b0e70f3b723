/**
 * How does a session begin?
 *
 * Dial, greeting, TLS where the server starts without it, login: each under its deadline, and all of imapflow's
 * generous defaults lowered. From here on the session is reachable through the pool alone.
 */
import type { LoginAccount } from '../../core/account.ts';
import { within } from '../../core/deadline.ts';
import { err, type MailFailure, ok, type Result } from '../../core/failure.ts';
import { limits } from '../../core/limits.ts';
import { logEvent } from '../../core/log.ts';
import { type Timings, timed } from '../../core/reply.ts';
import type { MailServer } from '../../core/server.ts';
import { dial } from '../../wire/transport.ts';
import { connectFailureOf, faultOf } from './errors.ts';
import { ImapClient } from './imapflow.ts';
import { logIn } from './login.ts';
import { ImapSession } from './session.ts';
import { transportOver } from './transport.ts';

export async function openSession(
  account: LoginAccount,
  development: boolean,
  timings: Timings,
): Promise<Result<ImapSession>> {
  const { host } = account.server;
  const startedAt = Date.now();
  const loginBegins = Promise.withResolvers<void>();
  let isReached = false;
  const dialled = (): Socket => {
    const socket = dial(account.server, development);
    // Why it never opened, if it did not, is told where it is used.
    socket.opened.then(
      () => {
        isReached = true;
      },
      () => undefined,
    );
    return socket;
  };
  const client = new ImapClient(optionsOf(account.server, dialled), beginningOf(account, loginBegins.resolve));
  let fault: MailFailure | null = null;
  // Before connect(): an error event that nobody listens to would be thrown. The real reason is told here and nowhere else.
  client.on('error', (error) => {
    fault = faultOf(error) ?? { kind: 'connection-lost' };
  });
  try {
    await connect(client, loginBegins.promise, timings);
  } catch (error) {
    client.close();
    const failure = connectFailureOf(error, fault, client.goodbye, isReached);
    logEvent('session.failed', { protocol: 'imap', host, failure: failure.kind });
    return err(failure);
  }
  client.once('close', () => {
    logEvent('session.closed', { protocol: 'imap', host, reason: client.closedByClient ? 'by us' : 'by the server' });
  });
  logEvent('session.opened', { protocol: 'imap', host, elapsedMs: Date.now() - startedAt });
  return ok(new ImapSession(client, () => fault));
}

/** A scope of its own, which goes when the login is over: what the session keeps must not hold on to the account. */
const beginningOf = (account: LoginAccount, begins: () => void) => (client: ImapClient) =>
  logIn(client, account, begins);

async function connect(client: ImapClient, loginBegins: Promise<void>, timings: Timings): Promise<void> {
  const usable = client.connect();
  const connectMs = limits.connectMs + limits.greetingMs;
  await timed(timings, 'connect', () => within(connectMs, 'connect', Promise.race([usable, loginBegins])));
  await timed(timings, 'login', () => within(limits.loginMs, 'login', usable));
}

function optionsOf(server: MailServer, dialled: () => Socket) {
  return {
    host: server.host,
    port: server.port,
    secure: server.security === 'tls',
    doSTARTTLS: server.security === 'starttls',
    transport: transportOver(dialled),
    // Its default prints the user's name.
    logger: false,
    disableAutoIdle: true,
    connectionTimeout: limits.connectMs,
    greetingTimeout: limits.greetingMs,
    // Every wait is under a deadline of ours; imapflow, which does not know that a slow reader keeps a session quiet for as
    // long as a chunk lasts, must never be first.
    socketTimeout: limits.streamMs + limits.commandMs,
    maxLineLength: limits.imapLineBytes,
    maxLiteralSize: limits.imapLiteralBytes,
    maxResponseSize: limits.imapResponseBytes,
    maxResponseTokens: limits.imapResponseTokens,
  } as const;
}
