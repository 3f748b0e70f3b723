/**
 * How often is a real server asked for an answer?
 */
import { connect, createServer } from 'node:net';
import { expect, it } from 'vitest';
import { listening } from '../../scripts/listening.ts';
import { startImapRelay } from '../support/imap-relay.ts';
import { first, imapStage, messagesPath } from '../support/imap-stage.ts';
import { letter } from '../support/mail.ts';

const stage = imapStage();
const inbox = messagesPath('inbox');

it('needs three commands from the connection to the first page, one more each time, and two for a message', async () => {
  const relay = await startImapRelay(stage.host.dovecot.ports.imap);
  const caller = relay.through(await stage.callerWith([letter('1'), letter('2')]));
  const verbs = (): string[] => relay.commands.map((command) => command.replace(/^(UID )?(\w+).*$/, '$1$2'));
  const { messages } = await stage.page(caller);
  expect(verbs()).toEqual(['AUTHENTICATE', 'SELECT', 'FETCH']);
  await stage.page(caller);
  expect(verbs().slice(3)).toEqual(['NOOP', 'FETCH']);
  await stage.read(caller, `${inbox}/${first(messages).id}`);
  expect(verbs().slice(5)).toEqual(['NOOP', 'UID FETCH', 'UID FETCH']);
  await relay.stop();
});

it('needs two commands from the connection to all mailboxes with their counts, and one for the namespaces', async () => {
  const relay = await startImapRelay(stage.host.dovecot.ports.imap);
  const caller = relay.through(await stage.callerWith([]));
  await stage.mailboxes(caller);
  expect(relay.commands.map((command) => command.split(' ')[0])).toEqual(['AUTHENTICATE', 'NAMESPACE', 'LIST']);
  await stage.mailboxes(caller);
  expect(relay.commands.slice(3).map((command) => command.split(' ')[0])).toEqual(['LIST']);
  await relay.stop();
});

it('waits three times for a server that is there by TLS, from the handshake to the first page', async () => {
  const caller = await stage.callerWith([letter('1')], 'implicit TLS');
  const turns = await startTurns(stage.host.dovecot.ports.imaps);
  await stage.page({ ...caller, mailServer: `imaps://localhost:${turns.port}` });
  // The handshake of TLS 1.3 has two: hello, and finished (RFC 8446 §2).
  expect(turns.count).toBe(2 + 3);
  turns.stop();
});

/** A way to a server on which one sees how often the client speaks after the server has. */
async function startTurns(serverPort: number) {
  let count = 0;
  let speaker = 'server';
  const ends: (() => void)[] = [];
  const relay = createServer((client) => {
    const server = connect(serverPort, '127.0.0.1');
    client.on('data', (bytes) => {
      if (speaker === 'server') count += 1;
      speaker = 'client';
      server.write(bytes);
    });
    server.on('data', (bytes) => {
      speaker = 'server';
      client.write(bytes);
    });
    const end = (): void => {
      client.destroy();
      server.destroy();
    };
    for (const socket of [client, server]) socket.on('error', end).on('close', end);
    ends.push(end);
  });
  const port = await listening(relay);
  return {
    port,
    get count() {
      return count;
    },
    stop() {
      for (const end of ends) end();
      relay.close();
    },
  };
}
