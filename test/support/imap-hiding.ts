/**
 * A way to an IMAP server on which it seems to lack capabilities: they are taken out of what it announces, and a command that needs
 * one of them is refused and written down.
 *
 * In cleartext. Literals of a client are passed on as lines, so no message is to be added this way.
 */
import type { Buffer } from 'node:buffer';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { listening } from '../../scripts/listening.ts';
import type { Caller } from './postern.ts';

export interface HidingRelay {
  /** Commands that a client should not have sent to a server that lacks this. */
  readonly refused: readonly string[];
  /** All that was sent, without tags. */
  readonly commands: readonly string[];
  readonly port: number;
  through(caller: Caller): Caller;
  stop(): Promise<void>;
}

export interface Hidden {
  readonly capabilities: readonly string[];
  /** What shows that a command needs one of them. */
  readonly commands: RegExp;
}

/** What a server with only CONDSTORE, such as Gmail's, lacks. */
export const withoutQresync: Hidden = { capabilities: ['QRESYNC'], commands: /^ENABLE .*QRESYNC|\(QRESYNC|VANISHED/ };

export const withoutCondstore: Hidden = {
  capabilities: ['QRESYNC', 'CONDSTORE'],
  commands: /^ENABLE .*(QRESYNC|CONDSTORE)|\((QRESYNC|CONDSTORE)|CHANGEDSINCE|MODSEQ|UNCHANGEDSINCE/,
};

export const nothingHidden: Hidden = { capabilities: [], commands: /^$/ };

export async function startHidingRelay(serverPort: number, hidden: Hidden): Promise<HidingRelay> {
  const refused: string[] = [];
  const commands: string[] = [];
  const open = new Set<Socket>();
  const listener = createServer({ noDelay: true }, (client) => {
    const server = connect({ port: serverPort, host: '127.0.0.1', noDelay: true });
    const end = (): void => {
      for (const socket of [client, server]) {
        socket.destroy();
        open.delete(socket);
      }
    };
    for (const socket of [client, server]) {
      open.add(socket);
      socket.on('error', end).on('close', end);
    }
    byLine(client, (line) => {
      const [, tag = '', command = ''] = /^(\S+) (.*)$/.exec(line) ?? [];
      commands.push(command);
      if (!hidden.commands.test(command)) return server.write(`${line}\r\n`, 'latin1');
      refused.push(command);
      return client.write(`${tag} BAD there is no such thing\r\n`);
    });
    byLine(server, (line) => {
      client.write(`${withoutHidden(line, hidden)}\r\n`, 'latin1');
    });
  });
  const port = await listening(listener);
  return {
    refused,
    commands,
    port,
    through: (caller) => ({ ...caller, mailServer: `imap://127.0.0.1:${port}?security=none` }),
    async stop() {
      for (const socket of open) socket.destroy();
      listener.close();
      await once(listener, 'close');
    },
  };
}

function byLine(from: Socket, take: (line: string) => unknown): void {
  let received = '';
  from.on('data', (bytes: Buffer) => {
    const lines = (received + bytes.toString('latin1')).split('\r\n');
    received = lines.pop() ?? '';
    for (const line of lines) take(line);
  });
}

const withoutHidden = (line: string, { capabilities }: Hidden): string =>
  /^(\* CAPABILITY |\S+ OK \[CAPABILITY )/.test(line)
    ? capabilities.reduce((text, name) => text.replaceAll(new RegExp(` ${name}(?=[ \\]]|$)`, 'g'), ''), line)
    : line;
