/**
 * A mail server and receivers for tests that run inside workerd, where none can be started: theirs to command by HTTP.
 *
 * Started in Node beside them, when it is first asked for anything. What it can be asked is in `world-commands.ts`; test/workerd/world.ts asks.
 */
import { Buffer } from 'node:buffer';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { TestProject } from 'vitest/node';
import { listening } from '../../scripts/listening.ts';
import { startMailHost } from './mail.ts';
import { type Commands, commandsOf } from './world-commands.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Where the world is commanded. */
    readonly world: string;
  }
}

export default async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  let commands: Promise<Commands> | undefined;
  const started = (): Promise<Commands> => {
    commands ??= begin();
    return commands;
  };
  const server = createServer(async (request, response) => {
    const name = (request.url ?? '').slice(1);
    const told: unknown = JSON.parse(await textOf(request));
    try {
      const all = await started();
      const command: unknown = Reflect.get(all, name);
      if (typeof command !== 'function') throw new Error(`the world knows no ${name}`);
      const answer: unknown = await command(told);
      response.writeHead(200).end(JSON.stringify(answer));
    } catch (error) {
      response.writeHead(500).end(String(error instanceof Error ? error.stack : error));
    }
  });
  provide('world', `http://127.0.0.1:${await listening(server)}`);
  return async () => {
    await (await commands)?.stop(null);
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  };
}

const begin = async (): Promise<Commands> => commandsOf(await startMailHost());

async function textOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part);
  return Buffer.concat(parts).toString('utf8');
}
