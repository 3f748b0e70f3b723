/**
 * Are the maildrop and the mailbox one and the same?
 *
 * Then every message of the one is in the other already, and whoever deletes it there deletes it in both. POP3 and IMAP have no common
 * name for an account, so this is told by the names that are given beforehand, and by the numbers of the messages that are met.
 */
import type { Account } from '../core/account.ts';

/** `pop.example.com` and `imap.example.com` serve the same accounts. */
const protocolLabel = /^(?:ssl|secure|s)?(?:pop3?|imap4?|mail)s?(?:-[a-z0-9-]+)?\.(?=[^.]+\.)/;

const organisationOf = (host: string): string => {
  const name = host.toLowerCase().replace(protocolLabel, '');
  return name === 'googlemail.com' ? gmail : name;
};

const gmail = 'gmail.com';

/** Whether both name the same user of the same organisation. Servers take `ada` for `ada@example.com`, in capitals or not. */
export function isSameAccount(one: Account, other: Account): boolean {
  if (organisationOf(one.server.host) !== organisationOf(other.server.host)) return false;
  const parts = organisationOf(one.server.host) === gmail ? gmailPartsOf : partsOf;
  const [name, domain] = parts(one.user);
  const [otherName, otherDomain] = parts(other.user);
  return name === otherName && (domain === otherDomain || domain === null || otherDomain === null);
}

function partsOf(user: string): readonly [string, string | null] {
  const folded = user.normalize('NFKC').trim().toLowerCase();
  const at = folded.lastIndexOf('@');
  return at < 0 ? [folded, null] : [folded.slice(0, at), folded.slice(at + 1)];
}

/** Gmail takes `recent:` before a user for a wish, and leaves dots and what follows a plus out of its own addresses. */
function gmailPartsOf(user: string): readonly [string, string | null] {
  const [name, domain] = partsOf(user);
  const bare = name.replace(/^recent:/, '');
  if (domain !== null && domain !== gmail && domain !== 'googlemail.com') return [bare, domain];
  return [bare.replace(/\+.*$/, '').replaceAll('.', ''), gmail];
}

/**
 * Whether a message of a mailbox is the one that a maildrop knows by this UIDL. Servers that have both make the UIDL of UIDVALIDITY and
 * UID: Courier and Cyrus write them as decimal numbers, Dovecot as two of eight hexadecimal digits.
 */
export function isSameMessage(uidl: string, message: { readonly uidValidity: number; readonly uid: number }): boolean {
  const numbers = uidl.match(/\d+/g)?.map(Number) ?? [];
  const isDecimal = numbers.length === 2 && numbers.includes(message.uid) && numbers.includes(message.uidValidity);
  const [uid, validity] = [message.uid, message.uidValidity].map((number) => number.toString(16).padStart(8, '0'));
  return isDecimal || [`${uid}${validity}`, `${validity}${uid}`].includes(uidl.toLowerCase());
}

/** Gmail's UIDL is made of X-GM-MSGID, which its IMAP tells as a decimal number. */
export function isSameGmailMessage(uidl: string, gmailId: string | null): boolean {
  const [, digits] = /^GmailId([0-9a-f]+)$/i.exec(uidl) ?? [];
  return digits !== undefined && gmailId !== null && BigInt(`0x${digits}`).toString() === gmailId;
}
