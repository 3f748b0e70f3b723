/**
 * Who may know the servers of an address, and what has each come to?
 */
import type { ServerRefusal } from '../core/failure.ts';
import type { MailServer, Protocol } from '../core/server.ts';
import type { Provider } from './provider.ts';

/** In the order in which they are believed (docs/discovery.md has the reasons). */
export const sourceNames = [
  /** `https://autoconfig.{domain}/mail/config-v1.1.xml` */
  'autoconfig',
  /** `https://{domain}/.well-known/autoconfig/mail/config-v1.1.xml` */
  'well-known',
  /** The table that is shipped, by the domain. */
  'known-provider',
  /** Thunderbird's, by the domain. */
  'isp-database',
  /** RFC 6186, RFC 8314 */
  'srv',
  /** The table that is shipped, by the domain's mail exchangers. */
  'mx',
  /** Thunderbird's, by those. */
  'isp-database-mx',
  /** `imap.{domain}` and the like, which are only tried. */
  'common-names',
] as const;
export type SourceName = (typeof sourceNames)[number];

/**
 * `nothing`: it has none. `unreachable`: nobody answers, or there is no such host. `invalid`: it answers, with something else than
 * settings. `forbidden`: it leads where Postern does not call. `not-asked`: there was no need, or the operator has switched it off.
 */
export const outcomes = ['found', 'nothing', 'unreachable', 'invalid', 'forbidden', 'timed-out', 'not-asked'] as const;
export type Outcome = (typeof outcomes)[number];

export type Authentication = 'password' | 'oauth2';

/** A server, as one source has it. */
export interface Proposal {
  readonly server: MailServer;
  /** What to log in with; null when it does not say. */
  readonly user: string | null;
  /** Empty when it does not say. */
  readonly authentication: readonly Authentication[];
  /** Who gives access tokens: a provider as /v1/oauth names it, or the host of another one. */
  readonly oauth2: string | null;
  /** By DNSSEC, as the resolver says (RFC 4035 §3.2.3). Null: it is no matter of DNS. */
  readonly isSigned: boolean | null;
}

/**
 * Why one was left out: `host` and `user` are none, or ask for something that is not known; `authentication` is none that Postern
 * has; `too-many` are more than anybody needs.
 */
export const leftOutReasons = ['address', 'port', 'cleartext', 'host', 'user', 'authentication', 'too-many'] as const;
export type LeftOutReason = (typeof leftOutReasons)[number];

export interface LeftOut {
  /** As a URL; null when it cannot be told as one. */
  readonly server: string | null;
  readonly reason: LeftOutReason;
}

export interface Finding {
  readonly outcome: Outcome;
  readonly proposals: readonly Proposal[];
  readonly leftOut: readonly LeftOut[];
  /** Those that the domain says it does not offer. */
  readonly absent: readonly Protocol[];
  /** From the table that is shipped. */
  readonly provider: Provider | null;
  /** False: a part of it could not be asked. */
  readonly isComplete: boolean;
}

export const finding = (outcome: Outcome, found: Partial<Finding> = {}): Finding => ({
  outcome,
  proposals: [],
  leftOut: [],
  absent: [],
  provider: null,
  isComplete: true,
  ...found,
});

/** `found`, or `nothing` when there is nothing to be proposed. */
export const findingOf = (found: Partial<Finding>): Finding =>
  finding((found.proposals ?? []).length > 0 ? 'found' : 'nothing', found);

/** Says why a server may not be dialled. */
export type RefusalOf = (server: MailServer) => ServerRefusal | null;

/** What may be dialled, and what not. */
export function judged(proposals: readonly Proposal[], refusalOf: RefusalOf): Pick<Finding, 'proposals' | 'leftOut'> {
  const refusals = proposals.map(({ server }) => refusalOf(server));
  return {
    proposals: proposals.filter((_, index) => refusals[index] === null),
    leftOut: proposals.flatMap(({ server }, index): LeftOut[] => {
      const reason = refusals[index] ?? null;
      return reason === null ? [] : [{ server: urlOf(server), reason }];
    }),
  };
}

const schemes = {
  imap: { tls: ['imaps', 993], starttls: ['imap', 143], none: ['imap', 143] },
  pop3: { tls: ['pop3s', 995], starttls: ['pop3', 110], none: ['pop3', 110] },
} as const;

/** As `Mail-Server` has it. */
export function urlOf({ protocol, host, port, security }: MailServer): string {
  const [scheme, usual] = schemes[protocol][security];
  return `${scheme}://${host}${port === usual ? '' : `:${port}`}${security === 'none' ? '?security=none' : ''}`;
}
