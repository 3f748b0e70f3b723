/**
 * What does a document of settings propose? (Thunderbird's `config-v1.1.xml`, draft-ietf-mailmaint-autoconfig)
 *
 * Pure. Anybody may have written it: nothing of it is taken but servers that can be dialled, and names of users made from the address.
 */

import { limits } from '../core/limits.ts';
import { canonicalHost } from '../core/public-host.ts';
import type { MailServer, Protocol } from '../core/server.ts';
import type { MailAddress } from './address.ts';
import {
  type Authentication,
  type Finding,
  finding,
  findingOf,
  judged,
  type LeftOut,
  type Proposal,
  type RefusalOf,
  urlOf,
} from './finding.ts';
import type { SignIn } from './provider.ts';
import { childrenOf, rootOf, textOf, type XmlElement } from './xml.ts';

/** What it proposes, in its order; `invalid` when it is no such document. */
export function findingInDocument(xml: string, address: MailAddress, refusalOf: RefusalOf): Finding {
  const root = rootOf(xml);
  const provider = root?.name === 'clientConfig' ? childrenOf(root, 'emailProvider')[0] : undefined;
  if (root === null || provider === undefined) return finding('invalid');
  const oauth2 = issuerOf(root);
  const incoming = childrenOf(provider, 'incomingServer').filter((element) => protocolOf(element) !== null);
  const read = incoming.slice(0, limits.settingsServers).map((element) => proposalIn(element, address, oauth2));
  const proposals = read.filter((one): one is Proposal => !isLeftOut(one));
  const { leftOut, ...found } = judged(proposals, refusalOf);
  const beyond: LeftOut[] = incoming.length > limits.settingsServers ? [{ server: null, reason: 'too-many' }] : [];
  return findingOf({ ...found, leftOut: [...read.filter(isLeftOut), ...leftOut, ...beyond] });
}

const isLeftOut = (read: Proposal | LeftOut): read is LeftOut => 'reason' in read;

function protocolOf(element: XmlElement): Protocol | null {
  const type = element.attributes.get('type');
  return type === 'imap' || type === 'pop3' ? type : null;
}

// Maps: what a document says is looked up in them, and an object knows more names than those that it was given.
const securities: ReadonlyMap<string, MailServer['security']> = new Map([
  ['SSL', 'tls'],
  ['STARTTLS', 'starttls'],
]);

function proposalIn(element: XmlElement, address: MailAddress, oauth2: string | null): Proposal | LeftOut {
  const leftOut = (reason: LeftOut['reason']): LeftOut => ({ server: null, reason });
  const name = filledIn(textOf(element, 'hostname'), address);
  const host = name === null || /[/?#:\\@%\s]/.test(name) ? null : canonicalHost(name);
  const port = textOf(element, 'port');
  // Without TLS, or with something that did not exist when this was written.
  const security = securities.get(textOf(element, 'socketType')) ?? 'none';
  const user = filledIn(textOf(element, 'username'), address);
  if (host === null) return leftOut('host');
  if (!/^\d{1,5}$/.test(port)) return leftOut('port');
  if (user === null) return leftOut('user');
  const told = childrenOf(element, 'authentication').map(({ text }) => text);
  const authentication = authenticationsOf(told);
  if (told.length > 0 && authentication.length === 0) return leftOut('authentication');
  const server = { protocol: protocolOf(element) ?? 'imap', host, port: Number(port), security };
  if (security === 'none') return { server: urlOf(server), reason: 'cleartext' };
  return {
    server,
    user: user === '' ? null : user,
    authentication,
    oauth2: authentication.includes('oauth2') ? oauth2 : null,
    isSigned: null,
  };
}

/**
 * Passwords in clear and encrypted are one here: TLS is around both, and what takes the one takes the other. The rest (NTLM, GSSAPI,
 * by the address or a certificate of the client) Postern does not have.
 */
const methods: ReadonlyMap<string, Authentication> = new Map([
  ['password-cleartext', 'password'],
  ['plain', 'password'],
  ['password-encrypted', 'password'],
  ['secure', 'password'],
  ['OAuth2', 'oauth2'],
]);

const authenticationsOf = (told: readonly string[]): readonly Authentication[] => [
  ...new Set(told.flatMap((method) => methods.get(method) ?? [])),
];

/** With what the address gives in the place of `%EMAILADDRESS%` and the like; null when something else is asked for. */
function filledIn(text: string, { address, localPart, domain }: MailAddress): string | null {
  const values = new Map([
    ['%EMAILADDRESS%', address],
    ['%EMAILLOCALPART%', localPart],
    ['%EMAILDOMAIN%', domain],
  ]);
  // Once, so that nothing in the address is taken for a placeholder.
  const filled = text.replace(/%[A-Z]*%?/g, (name) => values.get(name) ?? '\0');
  return /\p{Cc}/u.test(filled) || filled.length > limits.settingsUserCharacters ? null : filled;
}

/** Those whose provider has a name here. */
const issuers: ReadonlyMap<string, SignIn> = new Map([
  ['accounts.google.com', 'google'],
  ['login.microsoftonline.com', 'microsoft'],
  ['login.yahoo.com', 'yahoo'],
  ['login.aol.com', 'aol'],
  ['comcast.net', 'comcast'],
  ['o2.mail.ru', 'mail.ru'],
  ['oauth.yandex.com', 'yandex'],
]);

function issuerOf(root: XmlElement): string | null {
  const [oauth2] = childrenOf(root, 'oAuth2');
  const issuer = oauth2 === undefined ? '' : textOf(oauth2, 'issuer');
  const [name = ''] = issuer.replace(/^https:\/\//, '').split('/', 1);
  const host = canonicalHost(name);
  return host === null ? null : (issuers.get(host) ?? host);
}
