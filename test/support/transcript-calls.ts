/**
 * What is asked of Postern while a transcript is played, and what it answered, in a word or two.
 *
 * `protocol-violated` is a problem of that kind, `200 3, 2, 1` the messages of a page, `200 This is 2.` a message's text, `200
 * whole` the bytes of message 2 and nothing else, `200 broken` an answer that broke off, and a download names each message
 * or what became of it: `200 a, b: connection-lost, receipt of 1`.
 */
import type { Uid } from '../../src/mailbox/answers.ts';
import { mailboxIdOf } from '../../src/mailbox/rules.ts';
import { present } from '../../src/mailbox/sync/mark.ts';
import type { NewState } from '../../src/mailbox/sync/state.ts';
import { linesOf } from './fuzz-operation.ts';
import { letter } from './mail.ts';
import { prunePath } from './pop-aged.ts';
import type { Call, Caller, Postern } from './postern.ts';
import { sealedStateOf } from './sealed-state.ts';
import type { Protocol } from './transcript-upstream.ts';

export const labels = { imap: ['1', '2', '3'], pop3: ['a', 'b', 'c'] } as const;

interface Asked extends Call {
  /** Of a state, where one is given. */
  readonly path: string | ((caller: Caller) => Promise<string>);
  readonly told: (body: Uint8Array) => string;
}

const idOf = (uidl: string): string => Buffer.from(uidl).toString('base64url');
const inbox = '/v1/imap/mailboxes/inbox/messages';
const changesPath = '/v1/imap/mailboxes/inbox/changes';
const mailboxes = '/v1/imap/mailboxes';
const imapMessage = `${inbox}/1000.2`;
const popMessage = `/v1/pop/messages/${idOf('b')}`;

const json = (body: Uint8Array): unknown => (body.length === 0 ? {} : JSON.parse(Buffer.from(body).toString()));
const member = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

const names = (of: string, name: string) => (body: Uint8Array) =>
  list(member(json(body), of))
    .map((one) => String(member(one, name)).replace(/^1000\./, ''))
    .join(', ');
/** Those of more than one mailbox among them. */
const uidOf = (id: unknown): string => String(id).replace(/^1000\./, '');
const problemIn = (value: unknown): string =>
  String(member(member(value, 'problem'), 'type')).replace('/problems/', '');
const text = (body: Uint8Array): string => String(member(json(body), 'text')).trim();
const keywords = (body: Uint8Array): string => Object.keys(member(json(body), 'keywords') ?? {}).join(', ');
const subjects = (body: Uint8Array): string =>
  list(member(json(body), 'messages'))
    .map((one) => String(member(one, 'subject')).replace(/^\S+ /, ''))
    .join(', ');
const rawOf = (label: string) => (body: Uint8Array) =>
  Buffer.compare(body, letter(label)) === 0 ? 'whole' : `${body.length} bytes`;

function lines(body: Uint8Array): string {
  const told = Buffer.from(body)
    .toString()
    .split('\n')
    .filter((line: string) => line !== '')
    .map((text: string) => {
      const line: unknown = JSON.parse(text);
      if (member(line, 'type') === 'receipt') return `receipt of ${String(member(line, 'count'))}`;
      const kind = String(member(member(line, 'problem'), 'type') ?? '').replace('/problems/', '');
      return `${String(member(line, 'uidl') ?? '')}${kind === '' ? '' : `: ${kind}`}`;
    });
  return told.join(', ');
}

/** `a, b: command-refused`: what was deleted, and what was to be and was not. */
const prunings = (body: Uint8Array): string =>
  [...list(member(json(body), 'messages')), ...list(member(json(body), 'notDeleted'))]
    .map((one) => `${member(one, 'uidl')}${member(one, 'problem') === undefined ? '' : `: ${problemIn(one)}`}`)
    .join(', ');

/** `created 3; updated 1; destroyed 2`, what there is of it. */
const changed = (body: Uint8Array): string =>
  ['created', 'updated', 'destroyed']
    .map(
      (kind) =>
        `${kind} ${list(member(json(body), kind))
          .map(uidOf)
          .join(', ')}`,
    )
    .filter((kind) => !kind.endsWith(' '))
    .join('; ');

const threads = (body: Uint8Array): string =>
  list(member(json(body), 'threads'))
    .map((thread) => list(member(thread, 'emailIds')).map(uidOf).join(', '))
    .join('; ');

/** `2 to 1000.70, 3: command-refused` */
const outcomes = (body: Uint8Array): string =>
  list(member(json(body), 'outcomes'))
    .map((outcome) => {
      const id = uidOf(member(outcome, 'id'));
      if (member(outcome, 'problem') !== undefined) return `${id}: ${problemIn(outcome)}`;
      return member(outcome, 'newId') === undefined ? id : `${id} to ${member(outcome, 'newId')}`;
    })
    .join(', ');

/** `1, 2: message-not-found, end of 1` */
const exported = (body: Uint8Array): string =>
  linesOf(body)
    .filter((line) => member(line, 'type') !== 'export')
    .map((line) => {
      if (member(line, 'type') === 'end') return `end of ${member(line, 'count')}`;
      const id = member(line, 'id') === undefined ? '' : uidOf(member(line, 'id'));
      if (member(line, 'type') === 'message') return id;
      return `${id}${id === '' ? '' : ': '}${problemIn(line)}`;
    })
    .join(', ');

const quotas = (body: Uint8Array): string =>
  list(member(json(body), 'quotas'))
    .map((quota) => `${member(quota, 'used')} of ${member(quota, 'hardLimit')}`)
    .join(', ');

const rights = (body: Uint8Array): string =>
  list(member(json(body), 'mailboxes'))
    .map((mailbox) => {
      const mayRead = member(member(mailbox, 'myRights'), 'mayReadItems') === true;
      return `${member(mailbox, 'name')}${mayRead ? ' may be read' : ''}`;
    })
    .join(', ');

/** A state in which messages 1 and 2 are known, with all flags off and as they were at MODSEQ 5. */
function since(kind: NewState['kind'], ...known: readonly number[]) {
  const of = { mailboxPath: 'INBOX', uidValidity: 1000 };
  const moment = { modseq: 5n, upTo: null };
  const messages = new Map(known.map((uid) => [uid as Uid, present]));
  const states: Record<NewState['kind'], NewState> = {
    qresync: { ...of, kind: 'qresync', moment, uidNext: Math.max(...known) + 1 },
    condstore: { ...of, kind: 'condstore', moment, messages },
    plain: { ...of, kind: 'plain', messages },
  };
  return async (caller: Caller, more = '') =>
    `${changesPath}?since=${await sealedStateOf(caller, states[kind])}${more}`;
}

const waiting = (seconds: number) => (caller: Caller) => since('plain', 1, 2, 3)(caller, `&wait=${seconds}`);
const batch = (change: object): Asked => ({
  path: `${inbox}/batch`,
  body: { ids: ['1000.2', '1000.3'], ...change },
  told: outcomes,
});
const newId = (body: Uint8Array): string => String(member(json(body), 'id'));

const calls: Readonly<Record<Protocol, Readonly<Record<string, Asked>>>> = {
  imap: {
    mailboxes: { path: '/v1/imap/mailboxes', told: names('mailboxes', 'name') },
    page: { path: inbox, told: names('messages', 'id') },
    ids: { path: `${inbox}?fields=id`, told: names('messages', 'id') },
    second: { path: `${inbox}?limit=1&cursor=1000.3`, told: names('messages', 'id') },
    message: { path: imapMessage, told: text },
    raw: { path: `${imapMessage}/raw`, told: rawOf('2') },
    part: { path: `${imapMessage}/parts/1`, told: (body) => Buffer.from(body).toString().trim() },
    seen: { path: imapMessage, method: 'PATCH', body: { keywords: { $seen: true } }, told: keywords },
    trash: { path: imapMessage, method: 'DELETE', told: (body) => String(member(json(body), 'id')) },
    search: { path: `${inbox}?fields=id&q=This`, told: names('messages', 'id') },
    across: { path: '/v1/imap/search?fields=id&q=This', told: names('messages', 'id') },
    sort: { path: `${inbox}?fields=id&sort=size`, told: names('messages', 'id') },
    threads: { path: `${mailboxes}/inbox/threads?fields=emailIds`, told: threads },
    export: { path: `${mailboxes}/inbox/export`, told: exported },
    range: { path: `${imapMessage}/raw`, headers: { Range: 'bytes=10-29' }, told: (body) => `${body.length} bytes` },
    changes: { path: since('qresync', 1, 2), told: changed },
    changesbymodseq: { path: since('condstore', 1, 2), told: changed },
    changesbyflags: { path: since('plain', 1, 2), told: changed },
    waitfornothing: { path: waiting(1), told: changed },
    waitforlong: { path: waiting(20), told: changed },
    batchseen: batch({ patch: { keywords: { $seen: true } } }),
    batchmove: batch({ delete: 'trash' }),
    batchcopy: batch({ copyTo: 'trash' }),
    batchexpunge: batch({ delete: 'permanent' }),
    copy: { path: `${imapMessage}/copy`, body: { mailboxId: 'trash' }, told: newId },
    draft: {
      path: imapMessage,
      method: 'PUT',
      bytes: letter('draft'),
      headers: { 'Content-Type': 'message/rfc822' },
      told: newId,
    },
    quota: { path: '/v1/imap/quota', told: quotas },
    rights: { path: `${mailboxes}?include=myRights`, told: rights },
    create: { path: mailboxes, body: { name: 'Pine' }, told: (body) => String(member(json(body), 'name')) },
    deletemailbox: { path: `${mailboxes}/${mailboxIdOf('Pine')}`, method: 'DELETE', told: () => '' },
    expunge: { path: `${imapMessage}?permanent=true`, method: 'DELETE', told: () => '' },
  },
  pop3: {
    page: { path: '/v1/pop/messages', told: names('messages', 'uidl') },
    sizes: { path: '/v1/pop/messages', told: names('messages', 'size') },
    headers: { path: '/v1/pop/messages?headers=true', told: subjects },
    message: { path: popMessage, told: text },
    raw: { path: `${popMessage}/raw`, told: rawOf('b') },
    part: { path: `${popMessage}/parts/1`, told: (body) => Buffer.from(body).toString().trim() },
    download: { path: '/v1/pop/downloads', body: {}, told: lines },
    downloadraw: { path: '/v1/pop/downloads', body: { format: 'raw' }, told: lines },
    delete: { path: popMessage, method: 'DELETE', told: () => '' },
    // All are older; so a and b go.
    prune: { path: prunePath, body: { olderThanDays: 1, keepNewest: 1 }, told: prunings },
  },
};

export interface Outcome {
  readonly told: string;
  readonly elapsedMs: number;
}

/** Longer than any deadline of Postern's: what takes longer hangs. */
const hangMs = 70_000;

/** The call of this name, and what became of it. */
export async function outcomeOf(postern: Postern, protocol: Protocol, name: string, caller: Caller): Promise<Outcome> {
  const asked = calls[protocol][name];
  if (asked === undefined) throw new Error(`Nobody knows the call ${name}`);
  const { path: pathOf, told, ...call } = asked;
  const path = typeof pathOf === 'string' ? pathOf : await pathOf(caller);
  const start = performance.now();
  const outcome = await answerTold(
    postern.call(caller, path, { ...call, signal: AbortSignal.timeout(hangMs) }),
    /\/raw$|\/export$/.test(path) ? rawCutAtOnce : null,
    told,
  );
  return { told: outcome, elapsedMs: performance.now() - start };
}

/** A stream that breaks before its first byte has left gives no head either: workerd closes the connection. */
const rawCutAtOnce = '200 broken';

async function answerTold(answer: Promise<Response>, cut: string | null, told: Asked['told']): Promise<string> {
  try {
    return await bodyTold(await answer, told);
  } catch (error) {
    if (cut === null || !(error instanceof TypeError)) throw error;
    return cut;
  }
}

async function bodyTold(response: Response, told: Asked['told']): Promise<string> {
  let body: Uint8Array;
  try {
    body = new Uint8Array(await response.arrayBuffer());
  } catch (error) {
    // What `fetch` throws when the connection to Postern breaks.
    if (!(error instanceof TypeError)) throw error;
    return `${response.status} broken`;
  }
  if (!response.ok) return String(member(json(body), 'type')).replace('/problems/', '');
  // As it can stand in one line of a transcript.
  return `${response.status} ${JSON.stringify(told(body)).slice(1, -1)}`.trim();
}
