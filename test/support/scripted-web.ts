/**
 * The whole web, as the gateway finds it: a proxy that answers for every host itself, and writes down what it was asked for.
 */
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { listening } from '../../scripts/listening.ts';

export interface Page {
  readonly status?: number;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** It sends its body and never ends. */
  readonly isStuck?: boolean;
}

/** Null: it never answers. Undefined: 404. */
export type PageAt = (url: URL) => Page | null | undefined;

export interface ScriptedWeb {
  readonly port: number;
  /** URLs, in the order in which they came. */
  readonly asked: readonly string[];
  stop(): Promise<void>;
}

export async function startWeb(pageAt: PageAt): Promise<ScriptedWeb> {
  const asked: string[] = [];
  const open = new Set<ServerResponse>();
  // workerd's request to a proxy has the host in its URL alone.
  const server = createServer({ requireHostHeader: false }, (request, response) => {
    open.add(response);
    const url = new URL(request.url ?? '', `http://${request.headers.host}`);
    asked.push(url.href);
    const page = pageAt(url);
    if (page === null) return;
    response.writeHead(page === undefined ? 404 : (page.status ?? 200), page?.headers);
    if (page?.isStuck === true) response.write(page.body ?? '');
    else response.end(page?.body);
  });
  const port = await listening(server);
  return {
    port,
    asked,
    async stop() {
      for (const response of open) response.destroy();
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
