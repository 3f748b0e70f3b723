/**
 * Whole calls of Postern that are fuzzed, and what is wrong with an answer of each, if anything.
 *
 * A verdict is a list of complaints. Only what was answered with success is judged: anything else is a problem with a name.
 */
import { bodiesOf, consistsOf, marksIn, numbersOf, rowsOf } from './fuzz-claims.ts';
import type { FuzzCase, Said } from './fuzz-server.ts';
import { sha256Of } from './maildir.ts';
import type { Call } from './postern.ts';
import type { Protocol } from './transcript-upstream.ts';

/** A message of the account that was recorded. */
export interface Target {
  readonly id: string;
  /** UID or UIDL. */
  readonly name: string;
}

export interface Operation {
  readonly name: string;
  readonly protocol: Protocol;
  request(target: Target): Call & { readonly path: string };
  /** What is to be asked next, if anything: an acknowledgement. */
  followUp?(body: Uint8Array): (Call & { readonly path: string }) | null;
  /** What is wrong with an answer of success. */
  complaints(fuzzCase: FuzzCase, target: Target, body: Uint8Array, status: number): string[];
}

type Untitled = Omit<Operation, 'protocol'>;

const inbox = '/v1/imap/mailboxes/inbox/messages';
const maildrop = '/v1/pop/messages';

const member = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const json = (body: Uint8Array): unknown => JSON.parse(Buffer.from(body).toString());
const text = (value: unknown): string => JSON.stringify(value) ?? '';

/** Marks of other messages in what was handed out as this one's, that the server has not put there itself. */
function strangers(handedOut: string, claims: readonly string[], what: string): string[] {
  return marksIn(handedOut)
    .filter((mark) => !claims.some((claim) => claim.includes(mark)))
    .map((mark) => `${what} holds ${mark}`);
}

const uidOf = (id: unknown): number => Number(String(id).split('.')[1]);

function imapPage({ connections }: FuzzCase, body: Uint8Array, isFirstPage: boolean): string[] {
  const page = json(body);
  const messages = list(member(page, 'messages'));
  const ids = messages.map((message) => String(member(message, 'id')));
  const complaints = messages.flatMap((message, index) => {
    const rows = rowsOf(connections, uidOf(ids[index]));
    return rows.length === 0 ? [`${ids[index]} was never sent`] : strangers(text(message), rows, `${ids[index]}`);
  });
  if (new Set(ids).size !== ids.length) complaints.push(`one id twice: ${ids.join(', ')}`);
  // More is the server's doing: it said how many there are before it sent them.
  const isAll = isFirstPage && member(page, 'nextCursor') === null;
  if (isAll && messages.length < Number(member(page, 'total'))) complaints.push(`only ${ids.join(', ')} of more`);
  return complaints;
}

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

/** Success has to be the server's word, tagged. */
const confirmed =
  (commands: RegExp) =>
  ({ connections }: FuzzCase): string[] => {
    const isConfirmed = connections
      .flat()
      .some(({ key, tag, bytes }) => commands.test(key) && bytes.toString('latin1').includes(`${tag} OK`));
    return isConfirmed ? [] : ['told as done, and the server never said so'];
  };

const imapOperations: readonly Untitled[] = [
  {
    name: 'mailboxes',
    request: () => ({ path: '/v1/imap/mailboxes' }),
    complaints: (_case, _target, body) => imapMailboxes(body),
  },
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
    complaints: confirmed(/^UID STORE/),
  },
  {
    name: 'trash',
    request: ({ id }) => ({ path: `${inbox}/${id}`, method: 'DELETE' }),
    complaints: confirmed(/^UID (MOVE|EXPUNGE)/),
  },
  {
    name: 'expunge',
    request: ({ id }) => ({ path: `${inbox}/${id}?permanent=true`, method: 'DELETE' }),
    complaints: confirmed(/^UID EXPUNGE/),
  },
];

function imapMailboxes(body: Uint8Array): string[] {
  const ids = list(member(json(body), 'mailboxes')).map((mailbox) => String(member(mailbox, 'id')));
  return new Set(ids).size === ids.length ? [] : ['one mailbox twice'];
}

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

const linesOf = (body: Uint8Array): unknown[] =>
  Buffer.from(body)
    .toString()
    .split('\n')
    .filter((line: string) => line !== '')
    .map((line: string): unknown => JSON.parse(line));

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
    const isSent = claims.some(({ text }) => text.startsWith(`${bytes.toString('latin1')}.\r\n`));
    return isSent && sha256Of(bytes) === member(line, 'sha256') ? [] : [`${text(uidl)} was not sent so, or not whole`];
  });
  const receipt = lines.find((line) => member(line, 'type') === 'receipt');
  const count = receipt === undefined ? 0 : member(receipt, 'count');
  return count === messages.length || receipt === undefined
    ? complaints
    : [...complaints, 'the receipt covers something else'];
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

/**
 * What was changed at the server that nobody asked for, whatever was answered: `deletable` are the UIDLs that may be deleted,
 * `uid` the one message that may be changed.
 */
export function unasked({ protocol, connections }: FuzzCase, allowed: ReadonlySet<string>): string[] {
  if (protocol === 'imap') {
    const changes = connections.flat().filter(({ key }) => /\b(STORE|COPY|MOVE|EXPUNGE|CLOSE|DELETE)\b/.test(key));
    return changes
      .filter(({ key }) => !allowed.has(/^UID (?:STORE|COPY|MOVE|EXPUNGE) (\d+)\b(?![,:])/.exec(key)?.[1] ?? ''))
      .map(({ key }) => `sent without being asked to: ${key}`);
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
