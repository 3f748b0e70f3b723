/**
 * A Postern for all tests of one file, and the scripted IMAP servers that it meets.
 */
import { afterAll, beforeAll } from 'vitest';
import { type ImapScript, type ImapServer, startImapServer } from './imap-script.ts';
import { type Postern, startPostern } from './postern.ts';

export interface ImapScriptStage {
  readonly postern: Postern;
  /** A server that does as it is told; it ends with the file's tests. */
  serve(script?: ImapScript): Promise<ImapServer>;
}

/** `usual` is what each server does that is not told otherwise. */
export function imapScriptStage(usual: ImapScript = {}): ImapScriptStage {
  let postern: Postern | undefined;
  const servers: ImapServer[] = [];
  beforeAll(async () => {
    postern = await startPostern({});
  });
  afterAll(async () => {
    for (const server of servers) await server.stop();
    await postern?.stop();
  });
  return {
    get postern() {
      if (postern === undefined) throw new Error('Not before the tests begin');
      return postern;
    },
    async serve(script = {}) {
      const server = await startImapServer({ ...usual, ...script });
      servers.push(server);
      return server;
    },
  };
}
