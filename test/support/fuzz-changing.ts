/**
 * Calls that are fuzzed: what changes many messages at once, and what puts one in the place of another.
 */
import { NewEmailSchema, OutcomesSchema, PatchedEmailSchema } from '../../src/mailbox/schema/changing.ts';
import { allSaid, rowsOf, uidsIn } from './fuzz-claims.ts';
import { confirmed, inbox, json, list, member, repeated, type Target, type Untitled, uidOf } from './fuzz-operation.ts';
import type { FuzzCase } from './fuzz-server.ts';
import { letter } from './mail.ts';

/** Done is a message only by a command that named it and was completed with OK; and where it is now, the server has said. */
function outcomes(commands: RegExp) {
  return ({ connections }: FuzzCase, _target: Target, body: Uint8Array): string[] => {
    const completed = connections
      .flat()
      .filter(({ key, tag, bytes }) => commands.test(key) && bytes.toString('latin1').includes(`${tag} OK`))
      .flatMap(({ key }) => uidsIn(/^UID \S+ ([\d:,]+)/.exec(key)?.[1] ?? ''));
    const told = list(member(json(body), 'outcomes'));
    const done = told.filter((outcome) => member(outcome, 'problem') === undefined);
    // What was refused, and is so all the same, is done.
    const isToldSo = (uid: number): boolean =>
      commands.test('UID STORE') && rowsOf(connections, uid).some((row) => /\\Seen/i.test(row));
    const isDone = (uid: number): boolean => completed.includes(uid) || isToldSo(uid);
    const untrue = done.filter((outcome) => !isDone(uidOf(member(outcome, 'id'))));
    const newIds = done.map((outcome) => member(outcome, 'newId')).filter((id) => typeof id === 'string');
    return [
      ...untrue.map((outcome) => `told as done, and the server never said so: ${member(outcome, 'id')}`),
      ...unsaid(connections, newIds),
      ...repeated(newIds),
      ...repeated(told.map((outcome) => member(outcome, 'id'))),
    ];
  };
}

/** New ids of which the server has not said a word. */
function unsaid(connections: FuzzCase['connections'], ids: readonly unknown[]): string[] {
  const said = allSaid(connections);
  const isSaid = (id: unknown): boolean => /COPYUID|APPENDUID/i.test(said) && namesUid(said, uidOf(id));
  return ids.filter((id) => !isSaid(id)).map((id) => `${id} was never told`);
}

const namesUid = (said: string, uid: number): boolean =>
  [...said.matchAll(/(\d+)(?::(\d+))?/g)].some(([, first, last = first]) => {
    const [one, other] = [Number(first), Number(last)];
    return uid >= Math.min(one, other) && uid <= Math.max(one, other);
  });

const batch = (name: string, change: object, commands: RegExp, confirming: RegExp): Untitled => ({
  name,
  request: ({ id, other }) => ({ path: `${inbox}/batch`, body: { ids: [id, other.id], ...change } }),
  changes: commands,
  schema: OutcomesSchema,
  complaints: outcomes(confirming),
});

/** How it was before is what the server has said of it. */
function previous({ connections }: FuzzCase, { name }: Target, body: Uint8Array): string[] {
  const keywords = Object.keys(member(member(json(body), 'previous'), 'keywords') ?? {});
  const rows = rowsOf(connections, Number(name)).join('').toLowerCase();
  return keywords
    .filter((keyword) => !rows.includes(keyword.slice(1)))
    .map((keyword) => `${keyword} was never told of ${name}`);
}

const move = { keywords: { $seen: true }, mailboxId: 'archive' };

export const changingOperations: readonly Untitled[] = [
  batch('batch of marks', { patch: { keywords: { $seen: true, $flagged: null } } }, /^UID STORE/, /^UID STORE/),
  batch(
    'batch to another mailbox',
    { patch: { mailboxId: 'archive' } },
    /^UID (MOVE|COPY|STORE|EXPUNGE)/,
    /^UID (MOVE|EXPUNGE)/,
  ),
  batch('batch to the trash', { delete: 'trash' }, /^UID (MOVE|COPY|STORE|EXPUNGE)/, /^UID (MOVE|EXPUNGE)/),
  batch('batch for good', { delete: 'permanent' }, /^UID (STORE|EXPUNGE)/, /^UID EXPUNGE/),
  batch('batch of copies', { copyTo: 'archive' }, /^UID COPY/, /^UID COPY/),
  {
    name: 'mark and move',
    request: ({ id }) => ({ path: `${inbox}/${id}`, method: 'PATCH', body: move }),
    changes: /^UID (MOVE|COPY|STORE|EXPUNGE)/,
    schema: PatchedEmailSchema,
    complaints: (fuzzCase, target, body) => [
      ...confirmed(/^UID (MOVE|EXPUNGE)/)(fuzzCase),
      ...previous(fuzzCase, target, body),
      ...unsaid(
        fuzzCase.connections,
        [member(json(body), 'id')].filter((id) => id !== null),
      ),
    ],
  },
  {
    name: 'copy',
    request: ({ id }) => ({ path: `${inbox}/${id}/copy`, body: { mailboxId: 'archive' } }),
    changes: /^UID COPY/,
    schema: NewEmailSchema,
    complaints: (fuzzCase, _target, body) => [
      ...confirmed(/^UID COPY/)(fuzzCase),
      ...unsaid(
        fuzzCase.connections,
        [member(json(body), 'id')].filter((id) => id !== null),
      ),
    ],
  },
  {
    name: 'draft',
    prepare: ({ id }) => ({ path: `${inbox}/${id}`, method: 'PATCH', body: { keywords: { $draft: true } } }),
    request: ({ id }) => ({
      path: `${inbox}/${id}`,
      method: 'PUT',
      bytes: letter('draft'),
      headers: { 'Content-Type': 'message/rfc822' },
    }),
    changes: /^APPEND|^UID (STORE|EXPUNGE)/,
    schema: NewEmailSchema,
    complaints: (fuzzCase, _target, body) => [
      ...confirmed(/^octets/)(fuzzCase),
      ...confirmed(/^UID (EXPUNGE|STORE|FETCH)/)(fuzzCase),
      ...unsaid(
        fuzzCase.connections,
        [member(json(body), 'id')].filter((id) => id !== null),
      ),
    ],
  },
];
