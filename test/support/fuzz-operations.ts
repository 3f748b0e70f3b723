/**
 * Whole calls of Postern that are fuzzed, and what is wrong with an answer of each, if anything.
 *
 * A verdict is a list of complaints. Only what was answered with success is judged: anything else is a problem with a name.
 */
import { MaildropChangesSchema } from '../../src/maildrop/schema/changes.ts';
import { PrunedSchema } from '../../src/maildrop/schema/prune.ts';
import { stateOctets } from '../../src/maildrop/sync/state.ts';
import { changingOperations } from './fuzz-changing.ts';
import { allSaid, bodiesOf, consistsOf, numbersOf, rowsOf, uidsIn } from './fuzz-claims.ts';
import { findingOperations } from './fuzz-finding.ts';
import { mailboxOperations } from './fuzz-mailboxes.ts';
import {
  confirmed,
  imapPage,
  inbox,
  json,
  linesOf,
  list,
  member,
  type Operation,
  repeated,
  strangers,
  type Target,
  text,
  type Untitled,
  uidOf,
} from './fuzz-operation.ts';
import type { FuzzCase, Said } from './fuzz-server.ts';
import { sha256Of } from './maildir.ts';
import { prunePath } from './pop-aged.ts';
import { vouchedFor } from './sealed-state.ts';

const maildrop = '/v1/pop/messages';

/** What is said of a message comes from its own rows, and none is in two conversations. */
function imapThreads({ connections }: FuzzCase, body: Uint8Array): string[] {
  const threads = list(member(json(body), 'threads'));
  const ids = threads.flatMap((thread) => list(member(thread, 'emailIds')));
  const complaints = threads.flatMap((thread) =>
    list(member(thread, 'messages')).flatMap((message) => {
      const id = member(message, 'id');
      return strangers(text(message), rowsOf(connections, uidOf(id)), String(id));
    }),
  );
  return new Set(ids).size === ids.length ? complaints : [...complaints, `one id twice: ${ids.join(', ')}`];
}

const imapMessage = ({ connections }: FuzzCase, { name }: Target, body: Uint8Array): string[] =>
  strangers(Buffer.from(body).toString(), rowsOf(connections, Number(name)), name);

const imapBytes = ({ connections }: FuzzCase, { name }: Target, body: Uint8Array): string[] =>
  consistsOf(body, rowsOf(connections, Number(name))) ? [] : [`bytes of ${name} that were never sent as its own`];

const imapOperations: readonly Untitled[] = [
  {
    name: 'page',
    request: () => ({ path: inbox }),
    complaints: (fuzzCase, _target, body) => imapPage(fuzzCase, body, true),
  },
  {
    name: 'next page',
    request: ({ id }) => ({ path: `${inbox}?limit=2&cursor=${id}` }),
    complaints: (fuzzCase, _target, body) => imapPage(fuzzCase, body, false),
  },
  {
    name: 'previews',
    request: () => ({ path: `${inbox}?fields=preview,threadId` }),
    complaints: (fuzzCase, _target, body) => imapPage(fuzzCase, body, true),
  },
  {
    name: 'threads',
    request: () => ({ path: '/v1/imap/mailboxes/inbox/threads?fields=emailIds,subject,unreadEmails,messages' }),
    complaints: (fuzzCase, _target, body) => imapThreads(fuzzCase, body),
  },
  { name: 'message', request: ({ id }) => ({ path: `${inbox}/${id}` }), complaints: imapMessage },
  { name: 'raw', request: ({ id }) => ({ path: `${inbox}/${id}/raw` }), complaints: imapBytes },
  { name: 'part', request: ({ id }) => ({ path: `${inbox}/${id}/parts/1` }), complaints: imapMessage },
  {
    name: 'keywords',
    request: ({ id }) => ({
      path: `${inbox}/${id}`,
      method: 'PATCH',
      body: { keywords: { $flagged: true, $seen: null } },
    }),
    changes: /^UID STORE/,
    complaints: confirmed(/^UID STORE/),
  },
  {
    name: 'trash',
    request: ({ id }) => ({ path: `${inbox}/${id}`, method: 'DELETE' }),
    changes: /^UID (MOVE|COPY|STORE|EXPUNGE)/,
    complaints: confirmed(/^UID (MOVE|EXPUNGE)/),
  },
  {
    name: 'expunge',
    request: ({ id }) => ({ path: `${inbox}/${id}?permanent=true`, method: 'DELETE' }),
    changes: /^UID (STORE|EXPUNGE)/,
    complaints: confirmed(/^UID EXPUNGE/),
  },
  ...findingOperations,
  ...changingOperations,
  ...mailboxOperations,
];

/** The replies that carry what a session calls by this UIDL; all of them where the server gave no UIDLs. */
function claimsOf(connections: readonly (readonly Said[])[], uidl: string | null) {
  return connections.flatMap((said) => {
    const numbers = uidl === null ? said.map(({ key }) => key.split(' ')[1] ?? '') : numbersOf(said, uidl);
    return [...new Set(numbers)].flatMap((number) => bodiesOf(said, number));
  });
}

const claimTexts = ({ connections }: FuzzCase, uidl: string | null): string[] =>
  claimsOf(connections, uidl).map(({ text }) => text);

function popPage(fuzzCase: FuzzCase, _target: Target, body: Uint8Array): string[] {
  const messages = list(member(json(body), 'messages'));
  const ids = messages.map((message) => String(member(message, 'id')));
  const complaints = messages.flatMap((message) => {
    const uidl = member(message, 'uidl');
    return strangers(text(message), claimTexts(fuzzCase, typeof uidl === 'string' ? uidl : null), text(uidl));
  });
  return new Set(ids).size === ids.length ? complaints : [...complaints, 'one id twice'];
}

const popMessage = (fuzzCase: FuzzCase, { name }: Target, body: Uint8Array): string[] =>
  strangers(Buffer.from(body).toString(), claimTexts(fuzzCase, name), name);

const popBytes = (fuzzCase: FuzzCase, { name }: Target, body: Uint8Array): string[] =>
  claimTexts(fuzzCase, name).some((claim) => claim.includes(Buffer.from(body).toString('latin1')))
    ? []
    : [`bytes of ${name} that were never sent as its own`];

/** Each message is one that the server sent whole, and the receipt covers as many. */
function popDownload(fuzzCase: FuzzCase, _target: Target, body: Uint8Array): string[] {
  const lines = linesOf(body);
  const messages = lines.filter((line) => member(line, 'type') === 'message');
  const complaints = messages.flatMap((line) => {
    const uidl = member(line, 'uidl');
    const claims = claimsOf(fuzzCase.connections, typeof uidl === 'string' ? uidl : null).filter(
      ({ isWhole }) => isWhole,
    );
    const raw = member(line, 'raw');
    if (typeof raw !== 'string')
      return strangers(
        text(line),
        claims.map(({ text }) => text),
        text(uidl),
      );
    const bytes = Buffer.from(raw, 'base64');
    const sent = `${bytes.toString('latin1')}.\r\n`;
    // What a server puts between the status line and the message, all in one piece, is a part of what it has sent.
    const isInOnePiece = allSaid(fuzzCase.connections).includes(sent);
    const isSent = claims.some(({ text }) => text.startsWith(sent) || (isInOnePiece && sent.endsWith(text)));
    return isSent && sha256Of(bytes) === member(line, 'sha256') ? [] : [`${text(uidl)} was not sent so, or not whole`];
  });
  const receipt = lines.find((line) => member(line, 'type') === 'receipt');
  const count = receipt === undefined ? 0 : member(receipt, 'count');
  return count === messages.length || receipt === undefined
    ? complaints
    : [...complaints, 'the receipt covers something else'];
}

const neverThere = 'never-there';

/** What is new was listed by the server, and what is gone was known. */
function popChanges({ connections }: FuzzCase, { name }: Target, body: Uint8Array): string[] {
  const said = allSaid(connections);
  const uidlOf = (id: unknown): string => Buffer.from(String(id).split('~')[0] ?? '', 'base64url').toString();
  const created = list(member(json(body), 'created'));
  const destroyed = list(member(json(body), 'destroyed'));
  // What stands for a UIDL is made here.
  const strange = created.map(uidlOf).filter((uidl) => !uidl.startsWith('sha256 ') && !said.includes(uidl));
  const unknown = destroyed.map(uidlOf).filter((uidl) => uidl !== name && uidl !== neverThere);
  return [
    ...repeated(created),
    ...strange.map((uidl) => `${uidl} was never listed`),
    ...unknown.map((uidl) => `${uidl} is gone, and was never known`),
  ];
}

/** What would go was listed by the server, and in any case it stays (`unasked`). */
function popDryRun({ connections }: FuzzCase, _target: Target, body: Uint8Array): string[] {
  const said = allSaid(connections);
  const messages = list(member(json(body), 'messages'));
  const uidls = messages.map((message) => member(message, 'uidl')).filter((uidl) => uidl !== null);
  return [
    ...repeated(messages.map((message) => member(message, 'id'))),
    ...uidls.filter((uidl) => !said.includes(String(uidl))).map((uidl) => `${uidl} was never listed`),
    ...(member(json(body), 'deleted') === 0 ? [] : ['deleted in a dry run']),
  ];
}

function acknowledgement(body: Uint8Array) {
  const receipt = linesOf(body).find((line) => member(line, 'type') === 'receipt');
  return receipt === undefined
    ? null
    : { path: '/v1/pop/downloads/ack', body: { receipt: member(receipt, 'receipt') } };
}

const popOperations: readonly Untitled[] = [
  { name: 'page', request: () => ({ path: maildrop }), complaints: popPage },
  { name: 'headers', request: () => ({ path: `${maildrop}?headers=true` }), complaints: popPage },
  {
    name: 'changes',
    request: async ({ name }, caller) => ({
      path: '/v1/pop/changes',
      body: { since: await vouchedFor(caller, await stateOctets([name, neverThere])) },
    }),
    schema: MaildropChangesSchema,
    complaints: popChanges,
  },
  { name: 'message', request: ({ id }) => ({ path: `${maildrop}/${id}` }), complaints: popMessage },
  { name: 'raw', request: ({ id }) => ({ path: `${maildrop}/${id}/raw` }), complaints: popBytes },
  { name: 'part', request: ({ id }) => ({ path: `${maildrop}/${id}/parts/1` }), complaints: popMessage },
  {
    name: 'download',
    request: () => ({ path: '/v1/pop/downloads', body: {} }),
    followUp: acknowledgement,
    complaints: popDownload,
  },
  {
    name: 'raw download',
    request: () => ({ path: '/v1/pop/downloads', body: { format: 'raw' } }),
    followUp: acknowledgement,
    complaints: popDownload,
  },
  {
    name: 'dry run of a prune',
    request: () => ({ path: prunePath, body: { olderThanDays: 1, keepNewest: 1, dryRun: true } }),
    schema: PrunedSchema,
    complaints: popDryRun,
  },
  {
    name: 'delete',
    request: ({ id }) => ({ path: `${maildrop}/${id}`, method: 'DELETE' }),
    complaints: ({ connections }) =>
      connections.flat().some(({ key, bytes }) => key === 'QUIT' && /^\+OK/i.test(bytes.toString('latin1')))
        ? []
        : ['told as done, and the server never said so'],
  },
];

export const operations: readonly Operation[] = [
  ...imapOperations.map((operation) => ({ ...operation, protocol: 'imap' as const })),
  ...popOperations.map((operation) => ({ ...operation, protocol: 'pop3' as const })),
];

const isChange = (key: string): boolean =>
  /^(UID )?(STORE|COPY|MOVE|EXPUNGE|REPLACE)\b|^(CLOSE|CREATE|DELETE|RENAME|APPEND|SUBSCRIBE|UNSUBSCRIBE)\b/i.test(key);

/**
 * What was changed at the server that nobody asked for, whatever was answered: with IMAP other commands than this operation's, or
 * on other messages than these UIDs; with POP3 the deletion of messages that are none of these UIDLs.
 */
export function unasked(
  { changes }: Operation,
  { protocol, connections }: FuzzCase,
  allowed: ReadonlySet<string>,
): string[] {
  if (protocol === 'imap') {
    const isAllowed = (key: string): boolean => {
      const uids = /^UID \S+ ([\d:,]+)/.exec(key)?.[1];
      return changes?.test(key) === true && uidsIn(uids ?? '').every((uid) => allowed.has(String(uid)));
    };
    const sent = connections.flat().filter(({ key }) => isChange(key));
    return sent.filter(({ key }) => !isAllowed(key)).map(({ key }) => `sent without being asked to: ${key}`);
  }
  return connections
    .filter((said) => said.some(({ key }) => key === 'QUIT'))
    .flatMap((said) => {
      const allowedNumbers = new Set([...allowed].flatMap((uidl) => numbersOf(said, uidl)));
      return said
        .filter(({ key }) => key.startsWith('DELE ') && !allowedNumbers.has(key.slice(5)))
        .map(({ key }) => `deleted without being asked to: ${key}`);
    });
}
