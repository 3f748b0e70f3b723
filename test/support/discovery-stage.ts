/**
 * A Postern in a web of our own, where each domain has the document of settings that a test gives it.
 */
import { afterAll, beforeAll } from 'vitest';
import type { z } from 'zod';
import { DiscoveredSchema } from '../../src/discovery/schema.ts';
import type { Call, Postern } from './postern.ts';
import { startPostern } from './postern.ts';
import { type ScriptedWeb, startWeb } from './scripted-web.ts';
import { type Incoming, settingsDocument } from './settings-document.ts';

export type Discovered = z.output<typeof DiscoveredSchema>;
export type Candidate = Discovered['candidates']['imap'][number];

export interface DiscoveryStage {
  readonly postern: Postern;
  readonly web: ScriptedWeb;
  /** From now on, at `autoconfig.{domain}`. */
  publish(domain: string, servers: readonly Incoming[]): void;
  discover(body: Record<string, unknown>, headers?: Call['headers']): Promise<Discovered>;
}

/** `options` is asked for when the tests begin. */
export function discoveryStage(options: () => Omit<Parameters<typeof startPostern>[0], 'web'>): DiscoveryStage {
  const documents = new Map<string, string>();
  let web: ScriptedWeb | undefined;
  let postern: Postern | undefined;
  beforeAll(async () => {
    web = await startWeb(({ host }) => {
      const body = documents.get(host);
      return body === undefined ? undefined : { body };
    });
    postern = await startPostern({ ...options(), web });
  });
  afterAll(async () => {
    await postern?.stop();
    await web?.stop();
  });
  const started = <T>(what: T | undefined): T => {
    if (what === undefined) throw new Error('Not before the tests begin');
    return what;
  };
  return {
    get postern() {
      return started(postern);
    },
    get web() {
      return started(web);
    },
    publish(domain, servers) {
      documents.set(`autoconfig.${domain}`, settingsDocument(servers));
    },
    async discover(body, headers = {}) {
      const call: Call = { body, headers };
      const response = await started(postern).call(null, '/v1/discover', call);
      const text = await response.text();
      if (!response.ok) throw new Error(`${response.status} ${text}`);
      return DiscoveredSchema.parse(JSON.parse(text));
    },
  };
}
