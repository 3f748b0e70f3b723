/**
 * Who calls, as far as the operator is concerned: which of those whom the operator lets in?
 *
 * Nothing about mail: whose mail it is, the account says.
 */
import { type Scope, scopes } from './access.ts';
import type { Rate } from './rate.ts';

export interface Caller {
  /** The operator's name for it: good for logs and for counting, no secret. */
  readonly label: string;
  /** The hosts of mail servers that it may have called, or `*.example.com` for all below; null: any. */
  readonly servers: readonly string[] | null;
  readonly scopes: readonly Scope[];
  /** How often it may call; null: as often as it likes. */
  readonly rate: Rate | null;
}

/** Where the operator lets everybody in. */
export const anyone: Caller = { label: 'anyone', servers: null, scopes, rate: null };

/** Who has not been asked, or not been let in: may have nothing done. */
export const nobody: Caller = { label: 'nobody', servers: [], scopes: [], rate: null };

export const mayCall = ({ servers }: Caller, host: string): boolean =>
  servers === null ||
  servers.some((server) => (server.startsWith('*.') ? host.endsWith(server.slice(1)) : host === server));
