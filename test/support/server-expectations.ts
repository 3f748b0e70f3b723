/**
 * What do the mail servers do in ways of their own?
 *
 * One table for all: where a server lacks something, the answer that Postern documents for it is expected, never nothing.
 * What a server alters in a message before anybody can read it is named here as well, so that all other bytes are exact.
 */
import { Buffer } from 'node:buffer';
import type { MailPeer } from '../../scripts/mail-server/peer.ts';
import type { Role, ThreadMethod } from '../../src/mailbox/answers.ts';
import type { MaildropPolicy } from '../../src/maildrop/answers.ts';

const latin1 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');
const rewritten = (rewrite: (text: string) => string) => (bytes: Uint8Array) =>
  Buffer.from(rewrite(latin1(bytes)), 'latin1');

/** What servers do to messages, as functions of what was delivered. */
export const alterations = {
  'ends the last line': rewritten((text) => (text.endsWith('\r\n') ? text : `${text}\r\n`)),
  'puts > before From at the beginning of a line': rewritten((text) => text.replace(/^From /gm, '>From ')),
  'takes the > away from >From': rewritten((text) => text.replace(/^>From /gm, 'From ')),
  'puts a space into an empty header field': rewritten((text) => {
    const border = text.indexOf('\r\n\r\n');
    return text.slice(0, border).replace(/^([^\s:]+:)$(?=\r)/gm, '$1 ') + text.slice(border);
  }),
} as const;

interface Served {
  readonly alters: readonly (keyof typeof alterations)[];
  /** Header fields that the server writes into messages. */
  readonly adds: readonly string[];
}

/** The message as it comes from such a server, but for the header fields that the server adds. */
export const asServed = (delivered: Uint8Array, { alters }: Pick<Served, 'alters'>): Uint8Array =>
  alters.reduce<Uint8Array>((bytes, name) => alterations[name](bytes), delivered);

/** A served message without the header fields that the server is known to add. */
export function withoutAdded(served: Uint8Array, { adds }: Served): Uint8Array {
  const text = latin1(served);
  const border = text.indexOf('\r\n\r\n') + 2;
  const isAdded = (line: string): boolean => adds.some((name) => line.startsWith(`${name}: `));
  const kept = text
    .slice(0, border)
    .split(/(?<=\r\n)/)
    .filter((line) => !isAdded(line));
  return Buffer.from(kept.join('') + text.slice(border), 'latin1');
}

interface NamedMailbox {
  readonly path: string;
  readonly name: string;
  readonly parent: string | null;
  readonly role: Role | null;
}

export interface AccessControl {
  /** How the owner of a mailbox is called in its list. */
  owner(user: string): string;
  /**
   * What marking a message of one's own is answered with when there is no right to: a server may say of the mailbox that it is
   * read-only, or that it keeps no flag.
   */
  readonly marking: 'permission-denied' | 'unsupported-by-server';
}

/** The server's own limit of connections; null where these settings have none that a test can reach. */
export interface Crowding {
  readonly sessions: number;
  /** Whether they count when their user has logged in, and for that user alone. */
  readonly isPerUser: boolean;
  readonly answer: { readonly kind: string; readonly status: number };
}

/** What becomes of mailboxes that Postern makes. */
interface Folders {
  /** What the path of one at the top begins with. */
  readonly prefix: string;
  /** The mailbox that it then lies in. */
  readonly top: string | null;
  readonly delimiter: string;
  /** Null where none can lie in another. */
  readonly nests: boolean;
  /** Names that are no mistake and that this server takes all the same for one. */
  readonly refusedNames: readonly string[];
  /** Whether it deletes no mailbox that it has given a role. */
  readonly protectsRoles: boolean;
  readonly tellsSize: boolean;
  readonly tellsRights: boolean;
  readonly tellsQuota: boolean;
}

export interface ImapExpectations {
  readonly name: Exclude<MailPeer['name'], 'popa3d'>;
  /** Of a new account, in no order. */
  readonly mailboxes: readonly NamedMailbox[];
  /** One below another, whose name is not ASCII, as the server is told to make it and as it is to be listed. */
  readonly nested: { readonly create: readonly string[]; readonly listed: NamedMailbox };
  readonly folders: Folders;
  readonly trash: { readonly path: string; readonly isMadeByServer: boolean };
  /** What `DELETE` finds missing where there is a trash, or where it moves the message. */
  readonly toTrash: { readonly lacks: string | null };
  readonly permanently: { readonly lacks: string | null };
  readonly keepsKeywords: boolean;
  /** What the server counts to an attached message of the line end that belongs to the boundary behind it (RFC 2046 §5.1.1). */
  readonly behindAttachedMessage: '' | '\r';
  /** Beside the INBOX, for tests to make: one as this server likes it, and one with all that it allows in a name. */
  readonly other: string;
  readonly oddlyNamed: Omit<NamedMailbox, 'role'>;
  /** What becomes of a message that is added by APPEND, which takes another way than one that is delivered. */
  readonly appended: { readonly alters: Served['alters']; readonly keepsFlags: boolean };
  /** Whether it takes text for a message that has no header. */
  readonly takesWhatIsNoMail: boolean;
  /** Access control lists (RFC 4314), as far as there are any. */
  readonly acl: AccessControl | null;
  /** Where a mailbox of another user is found; null where nobody can show theirs in these settings. */
  readonly sharedPath: ((owner: string, path: string) => string) | null;
  readonly crowding: Crowding | null;
  /** Whether it can search for text that is not ASCII, and sort. */
  readonly searchesUnicode: boolean;
  readonly sorts: boolean;
  /** Whether UIDVALIDITY changes with every arrival, and by the second while a mailbox is empty, which makes cursors and ids from before it worthless (410). */
  readonly renumbersOnArrival: boolean;
  /** How it is found out which messages are one conversation. */
  readonly threads: ThreadMethod;
  readonly served: Served;
}

export interface PopExpectations {
  readonly name: MailPeer['name'];
  /** Whether two messages whose header is the same have the same UIDL. */
  readonly repeatsUidls: boolean;
  /** Whether the sizes in LIST count the line end that the server adds to an unfinished last line. */
  readonly countsAddedLineEnd: boolean;
  /** What TOP, by which Postern reads without a trace, puts before the body; RETR, by which it downloads, does not. */
  readonly beforePeekedBody: '' | '\r\n';
  readonly announcesPipelining: boolean;
  /** Whether a maildrop is kept from everybody else while a session lasts (RFC 1939 §4). */
  readonly locksMaildrop: boolean;
  /** What it says of mail that stays there, and of those who come often (EXPIRE and LOGIN-DELAY, RFC 2449). */
  readonly policy: MaildropPolicy;
  /** Whether it announces UTF8 (RFC 6856). */
  readonly knowsUtf8: boolean;
  readonly crowding: Crowding | null;
  readonly served: Served;
}

const saysNothing: MaildropPolicy = { expires: 'not-told', expiresAfterDays: null, loginDelaySeconds: null };

/** It says so. */
const dovecotCrowding: Crowding = {
  sessions: 50,
  isPerUser: true,
  answer: { kind: 'server-limit-reached', status: 429 },
};
/** It lets whoever comes then wait without a word. */
const courierCrowding: Crowding = {
  sessions: 40,
  isPerUser: false,
  answer: { kind: 'deadline-exceeded', status: 504 },
};

const asDelivered: Served = { alters: [], adds: [] };
/** A multi-line reply cannot carry a message whose last line has no end (RFC 1939 §3). */
const asDeliveredInLines: Served = { alters: ['ends the last line'], adds: [] };

const inbox: NamedMailbox = { path: 'INBOX', name: 'INBOX', parent: null, role: 'inbox' };
const roleNames = [
  ['Archive', 'archive'],
  ['Drafts', 'drafts'],
  ['Junk', 'junk'],
  ['Sent', 'sent'],
  ['Trash', 'trash'],
] as const;
const topLevel = roleNames.map(([name, role]) => ({ path: name, name, parent: null, role }));
const belowInbox = roleNames.map(([name, role]) => ({ path: `INBOX.${name}`, name, parent: 'INBOX', role }));

const nestedBelowInbox = {
  create: ['INBOX.Work', 'INBOX.Work.Gr&APwA3w-e'],
  listed: { path: 'INBOX.Work.Grüße', name: 'Grüße', parent: 'INBOX.Work', role: null },
} as const;

const belowInboxFolders = { prefix: 'INBOX.', top: 'INBOX', delimiter: '.', nests: true } as const;
/** Names that some server somewhere minds. */
export const oddNames = ['..', '.', '~x', '#news', '%', '*', '&AOk-', 'a"b', 'a\\b', '旅行', '💌', 'a/b', 'a.b', '('];

export const imapExpectations: readonly ImapExpectations[] = [
  {
    name: 'dovecot',
    mailboxes: [inbox, ...topLevel],
    nested: {
      create: ['Work', 'Work/Gr&APwA3w-e'],
      listed: { path: 'Work/Grüße', name: 'Grüße', parent: 'Work', role: null },
    },
    folders: {
      prefix: '',
      top: null,
      delimiter: '/',
      nests: true,
      refusedNames: ['..', '.', '~x', 'a.b'],
      protectsRoles: false,
      tellsSize: true,
      tellsRights: false,
      tellsQuota: false,
    },
    trash: { path: 'Trash', isMadeByServer: true },
    toTrash: { lacks: null },
    permanently: { lacks: null },
    keepsKeywords: true,
    behindAttachedMessage: '',
    other: 'Other',
    oddlyNamed: { path: 'Grüße & "Co" 日本 🎉', name: 'Grüße & "Co" 日本 🎉', parent: null },
    appended: { alters: [], keepsFlags: true },
    takesWhatIsNoMail: true,
    acl: null,
    sharedPath: null,
    crowding: dovecotCrowding,
    searchesUnicode: true,
    sorts: true,
    renumbersOnArrival: false,
    threads: 'REFS',
    served: asDelivered,
  },
  {
    name: 'courier',
    mailboxes: [inbox],
    nested: nestedBelowInbox,
    folders: {
      ...belowInboxFolders,
      refusedNames: ['a/b', '💌'],
      protectsRoles: false,
      tellsSize: false,
      tellsRights: true,
      tellsQuota: true,
    },
    trash: { path: 'INBOX.Trash', isMadeByServer: false },
    toTrash: { lacks: null },
    permanently: { lacks: null },
    keepsKeywords: true,
    behindAttachedMessage: '\r',
    other: 'INBOX.Other',
    // Nothing beyond 16 bits: 'Error in IMAP command'.
    oddlyNamed: { path: 'INBOX.Grüße & "Co" 日本', name: 'Grüße & "Co" 日本', parent: 'INBOX' },
    appended: { alters: ['ends the last line'], keepsFlags: true },
    takesWhatIsNoMail: true,
    acl: { owner: () => 'owner', marking: 'permission-denied' },
    sharedPath: null,
    crowding: courierCrowding,
    searchesUnicode: true,
    sorts: true,
    renumbersOnArrival: false,
    threads: 'REFERENCES',
    served: asDelivered,
  },
  {
    name: 'cyrus',
    mailboxes: [inbox, ...belowInbox],
    nested: nestedBelowInbox,
    folders: {
      ...belowInboxFolders,
      refusedNames: ['%', 'a"b', 'a/b', 'a\\b'],
      protectsRoles: true,
      tellsSize: true,
      tellsRights: true,
      tellsQuota: true,
    },
    trash: { path: 'INBOX.Trash', isMadeByServer: true },
    toTrash: { lacks: null },
    permanently: { lacks: null },
    keepsKeywords: true,
    behindAttachedMessage: '',
    other: 'INBOX.Other',
    // No quotes: 'Invalid mailbox name'.
    oddlyNamed: { path: 'INBOX.Grüße & Co 日本 🎉', name: 'Grüße & Co 日本 🎉', parent: 'INBOX' },
    appended: { alters: [], keepsFlags: true },
    takesWhatIsNoMail: false,
    acl: { owner: (user) => user, marking: 'unsupported-by-server' },
    sharedPath: (owner, path) => path.replace(/^INBOX/, `user.${owner}`),
    crowding: null,
    searchesUnicode: true,
    sorts: true,
    renumbersOnArrival: false,
    threads: 'OBJECTID',
    served: asDelivered,
  },
  {
    name: 'mailutils',
    mailboxes: [inbox],
    nested: {
      create: ['Work/Gr&APwA3w-e'],
      listed: { path: 'Work/Grüße', name: 'Grüße', parent: 'Work', role: null },
    },
    folders: {
      prefix: '',
      top: null,
      delimiter: '/',
      nests: false,
      refusedNames: ['..', '.'],
      protectsRoles: false,
      tellsSize: false,
      tellsRights: false,
      tellsQuota: false,
    },
    trash: { path: 'Trash', isMadeByServer: false },
    toTrash: { lacks: 'MOVE or UIDPLUS' },
    permanently: { lacks: 'UIDPLUS' },
    keepsKeywords: false,
    behindAttachedMessage: '',
    other: 'Other',
    oddlyNamed: { path: 'Grüße & "Co" 日本 🎉', name: 'Grüße & "Co" 日本 🎉', parent: null },
    appended: { alters: ['ends the last line', 'puts a space into an empty header field'], keepsFlags: false },
    takesWhatIsNoMail: false,
    acl: null,
    sharedPath: null,
    crowding: null,
    searchesUnicode: true,
    sorts: false,
    renumbersOnArrival: true,
    threads: 'local',
    served: {
      alters: ['takes the > away from >From', 'ends the last line', 'puts a space into an empty header field'],
      adds: ['X-IMAPbase', 'X-UID', 'Status'],
    },
  },
];

const popAsDelivered = {
  repeatsUidls: false,
  countsAddedLineEnd: false,
  beforePeekedBody: '',
  announcesPipelining: true,
  locksMaildrop: false,
  policy: saysNothing,
  knowsUtf8: false,
  served: asDeliveredInLines,
} as const;

export const popExpectations: readonly PopExpectations[] = [
  { ...popAsDelivered, name: 'dovecot', crowding: dovecotCrowding },
  {
    ...popAsDelivered,
    name: 'courier',
    policy: { ...saysNothing, loginDelaySeconds: 10 },
    knowsUtf8: true,
    crowding: courierCrowding,
  },
  { ...popAsDelivered, name: 'cyrus', policy: { ...saysNothing, expires: 'never' }, crowding: null },
  {
    name: 'mailutils',
    repeatsUidls: false,
    countsAddedLineEnd: true,
    beforePeekedBody: '\r\n',
    announcesPipelining: true,
    locksMaildrop: true,
    policy: saysNothing,
    knowsUtf8: false,
    crowding: null,
    served: {
      alters: ['takes the > away from >From', 'ends the last line', 'puts a space into an empty header field'],
      adds: ['X-IMAPbase', 'X-UID', 'X-UIDL', 'Status'],
    },
  },
  {
    name: 'popa3d',
    repeatsUidls: true,
    countsAddedLineEnd: true,
    beforePeekedBody: '',
    announcesPipelining: false,
    locksMaildrop: false,
    policy: saysNothing,
    knowsUtf8: false,
    crowding: null,
    served: { alters: ['puts > before From at the beginning of a line', 'ends the last line'], adds: [] },
  },
];
