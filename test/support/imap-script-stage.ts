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

/** Servers that do as they are told; they end with the file's tests. `usual` is what each does that is not told otherwise. */
export function scriptedServers(usual: ImapScript = {}): ImapScriptStage['serve'] {
  const servers: ImapServer[] = [];
  afterAll(async () => {
    for (const server of servers) await server.stop();
  });
  return async (script = {}) => {
    const server = await startImapServer({ ...usual, ...script });
    servers.push(server);
    return server;
  };
}

/** `usual` as above; `variables` are Postern's. */
export function imapScriptStage(usual: ImapScript = {}, variables: Record<string, string> = {}): ImapScriptStage {
  let postern: Postern | undefined;
  beforeAll(async () => {
    postern = await startPostern({ variables });
  });
  afterAll(() => postern?.stop());
  // Behind that, so that they end before it.
  const serve = scriptedServers(usual);
  return {
    get postern() {
      if (postern === undefined) throw new Error('Not before the tests begin');
      return postern;
    },
    serve,
  };
}
