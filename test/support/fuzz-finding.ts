/**
 * Calls that are fuzzed: searching, sorting, what has changed, exports and ranges.
 */
import { Buffer } from 'node:buffer';
import type { Uid } from '../../src/mailbox/answers.ts';
import { ChangesSchema } from '../../src/mailbox/schema/changes.ts';
import { EmailPageSchema } from '../../src/mailbox/schema/page.ts';
import { FoundEmailsSchema } from '../../src/mailbox/schema/search.ts';
import { present } from '../../src/mailbox/sync/mark.ts';
import type { NewState } from '../../src/mailbox/sync/state.ts';
import { allSaid, consistsOf, marks, rowsOf, uidsIn } from './fuzz-claims.ts';
import {
  imapPage,
  inbox,
  json,
  linesOf,
  list,
  member,
  repeated,
  strangers,
  type Target,
  text,
  type Untitled,
  uidOf,
} from './fuzz-operation.ts';
import type { FuzzCase } from './fuzz-server.ts';
import { sha256Of } from './maildir.ts';
import { readMbox } from './mbox.ts';
import { sealedStateOf } from './sealed-state.ts';

const exporting = '/v1/imap/mailboxes/inbox/export';
const changesPath = '/v1/imap/mailboxes/inbox/changes';

/** A page of what was found, which is only what the server named as found. */
function found(fuzzCase: FuzzCase, body: Uint8Array): string[] {
  const named = hits(fuzzCase);
  const strange = list(member(json(body), 'messages'))
    .map((message) => uidOf(member(message, 'id')))
    .filter((uid) => !named.has(uid));
  return [...imapPage(fuzzCase, body, true), ...strange.map((uid) => `${uid} was not found`)];
}

/** The numbers in what was answered to searches; those of ranges too. */
const hits = ({ connections }: Pick<FuzzCase, 'connections'>): Set<number> =>
  new Set(
    connections
      .flat()
      .filter(({ key }) => /^UID (SEARCH|SORT)/.test(key))
      .map(({ bytes }) => bytes.toString('latin1').replace(/^\S+ (OK|NO|BAD) .*$|\(TAG [^)]*\)|COUNT \d+/gim, ''))
      .flatMap((said) => said.match(/\d+(:\d+)?/g) ?? [])
      .flatMap((set) => uidsIn(set)),
  );

const isNonEmpty = (uids: string | undefined): uids is string => uids !== undefined && uids !== '';

/** UIDs that the server has told to be gone. */
const vanished = (said: string): Set<number> =>
  new Set(
    [...said.matchAll(/VANISHED(?: \(EARLIER\))? ([\d:,]+)/gi)].flatMap(([, set]) =>
      isNonEmpty(set) ? uidsIn(set) : [],
    ),
  );

/** Nothing that was not told, each message once, and gone only what was told so or not among those that there are. */
function changed({ connections }: FuzzCase, body: Uint8Array, kind: NewState['kind']): string[] {
  const answer = json(body);
  const [created, updated, destroyed] = ['created', 'updated', 'destroyed'].map((kind) =>
    list(member(answer, kind)).map(uidOf),
  );
  const said = allSaid(connections);
  const isNamed = (uid: number): boolean => rowsOf(connections, uid).length > 0 || hits({ connections }).has(uid);
  const gone = vanished(said);
  const found = hits({ connections });
  const isListed = kind === 'condstore' ? (uid: number) => found.has(uid) : isNamed;
  const isWrong = (uid: number): boolean => (kind === 'qresync' ? !gone.has(uid) : leavesOut(said, isListed));
  return [
    ...repeated([...(created ?? []), ...(updated ?? []), ...(destroyed ?? [])]),
    ...[...(created ?? []), ...(updated ?? [])].filter((uid) => !isNamed(uid)).map((uid) => `${uid} was never told`),
    ...(destroyed ?? []).filter(isWrong).map((uid) => `${uid} was not told to be gone`),
  ];
}

/**
 * Whether the server told of fewer messages than it counts, and of none that is gone: what it left out has to be asked for again,
 * and does not pass for deleted.
 */
function leavesOut(said: string, isNamed: (uid: number) => boolean): boolean {
  const counts = [...said.matchAll(/(\S+) EXISTS/g)].map(([, count]) => Number(count));
  const named = Array.from({ length: 20 }, (_, index) => index + 1).filter(isNamed);
  return (
    !/EXPUNGE|VANISHED/i.test(said) && counts.every((count) => count === marks.length) && named.length < marks.length
  );
}

/** A state from before the last messages came, as it is kept with each of the three ways. */
function stateBefore(kind: NewState['kind'], { id }: Target): NewState {
  const of = { mailboxPath: 'INBOX', uidValidity: Number(id.split('.')[0]) };
  const messages = new Map([1, 2, 3].map((uid) => [uid as Uid, present]));
  const moment = { modseq: 1n, upTo: null };
  if (kind === 'qresync') return { ...of, kind, moment, uidNext: 4 };
  return kind === 'condstore' ? { ...of, kind, moment, messages } : { ...of, kind, messages };
}

const changesSince = (kind: NewState['kind']): Untitled => ({
  name: `changes by ${kind}`,
  async request(target, caller) {
    return { path: `${changesPath}?since=${await sealedStateOf(caller, stateBefore(kind, target))}` };
  },
  schema: ChangesSchema,
  complaints: (fuzzCase, _target, body) => changed(fuzzCase, body, kind),
});

/** Whether it was sent so, as a literal of a row of this message: what broke it may look like the beginning of another row. */
function isLiteralOf(connections: FuzzCase['connections'], uid: number, bytes: Buffer): boolean {
  const pieces = allSaid(connections).split(`{${bytes.length}}\r\n${bytes.toString('latin1')}`);
  return pieces.slice(0, -1).some((before) => new RegExp(`UID "?0*${uid}\\b[^\r\n]*$`, 'i').test(before));
}

/** Each message is one that the server sent, told once, and the end tells how many. */
function exported({ connections }: FuzzCase, body: Uint8Array): string[] {
  const lines = linesOf(body);
  const messages = lines.filter((line) => member(line, 'type') === 'message');
  const complaints = messages.flatMap((line) => {
    const id = member(line, 'id');
    const bytes = Buffer.from(String(member(line, 'raw')), 'base64');
    const isOwn = isLiteralOf(connections, uidOf(id), bytes) || consistsOf(bytes, rowsOf(connections, uidOf(id)));
    return isOwn && sha256Of(bytes) === member(line, 'sha256') ? [] : [`${id} was not sent so`];
  });
  const end = lines.find((line) => member(line, 'type') === 'end');
  const errors = lines.filter((line) => member(line, 'type') === 'error');
  if (end !== undefined && member(end, 'count') !== messages.length) complaints.push('the end counts something else');
  if (end !== undefined && messages.length + errors.length !== member(lines[0], 'count'))
    complaints.push('it ends before all are told');
  // What is cut says so; no end and no error is a stream that was not.
  if (end === undefined && errors.length === 0) complaints.push('it ends without a word');
  if (Buffer.from(body).includes('/problems/internal')) complaints.push('crash: internal');
  return [...complaints, ...repeated(messages.map((line) => member(line, 'id')))];
}

/** Each message of the file is all one message's that was sent. */
function exportedMbox({ connections }: FuzzCase, body: Uint8Array): string[] {
  const sent = Array.from({ length: 20 }, (_, index) => rowsOf(connections, index + 1));
  return readMbox(body)
    .filter(({ bytes }) => !sent.some((rows) => consistsOf(bytes, rows)))
    .map(({ bytes }) => `no message: ${bytes.subarray(0, 80).toString('latin1')}`);
}

const range = { headers: { Range: 'bytes=10-199' } };

function ranged({ connections }: FuzzCase, { name }: Target, body: Uint8Array, status: number): string[] {
  const complaints = consistsOf(body, rowsOf(connections, Number(name))) ? [] : ['bytes that are not its own'];
  return status === 206 && body.length > 190 ? [...complaints, 'more than the range'] : complaints;
}

export const findingOperations: readonly Untitled[] = [
  {
    name: 'search',
    request: () => ({ path: `${inbox}?q=${encodeURIComponent('is:unread (amber OR body:line) -subject:nothing')}` }),
    schema: EmailPageSchema,
    complaints: (fuzzCase, _target, body) => found(fuzzCase, body),
  },
  {
    name: 'search by a filter',
    request: () => ({
      path: `${inbox}/search`,
      body: {
        filter: {
          operator: 'OR',
          conditions: [{ hasAttachment: false, minSize: 10 }, { text: 'coral' }, { hasKeyword: '$flagged' }],
        },
      },
    }),
    schema: EmailPageSchema,
    complaints: (fuzzCase, _target, body) => found(fuzzCase, body),
  },
  {
    name: 'search across',
    request: () => ({ path: '/v1/imap/search?q=line' }),
    schema: FoundEmailsSchema,
    complaints: ({ connections }, _target, body) => {
      const messages = list(member(json(body), 'messages'));
      return messages.flatMap((message) => {
        const uid = uidOf(member(message, 'id'));
        return strangers(text(message), rowsOf(connections, uid), String(uid));
      });
    },
  },
  {
    name: 'sort',
    request: () => ({ path: `${inbox}?sort=-size,subject` }),
    schema: EmailPageSchema,
    complaints: (fuzzCase, _target, body) => found(fuzzCase, body),
  },
  {
    name: 'changes begun',
    request: () => ({ path: changesPath }),
    schema: ChangesSchema,
    complaints: (fuzzCase, _target, body) => changed(fuzzCase, body, 'qresync'),
  },
  changesSince('qresync'),
  changesSince('condstore'),
  changesSince('plain'),
  {
    name: 'export',
    request: () => ({ path: exporting }),
    complaints: (fuzzCase, _target, body) => exported(fuzzCase, body),
  },
  {
    name: 'export as mbox',
    request: () => ({ path: `${exporting}?format=mbox` }),
    complaints: (fuzzCase, _target, body) => exportedMbox(fuzzCase, body),
  },
  { name: 'range', request: ({ id }) => ({ path: `${inbox}/${id}/raw`, ...range }), complaints: ranged },
  {
    name: 'range of a part',
    request: ({ id }) => ({ path: `${inbox}/${id}/parts/1`, headers: { Range: 'bytes=10-199' } }),
    complaints: ranged,
  },
];
