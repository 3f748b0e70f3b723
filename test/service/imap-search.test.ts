/**
 * `q` and the JSON filter over a real server: is what is found what somebody finds who reads the messages?
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { EmailPageSchema } from '../../src/mailbox/schema/page.ts';
import { imapStage, messagesPath, type Page } from '../support/imap-stage.ts';
import type { Caller } from '../support/postern.ts';
import {
  anywhere,
  hourMs,
  inField,
  isMarked,
  midnight,
  type Searched,
  searchedLetters,
  searchedMailbox,
  words,
} from '../support/search-letters.ts';

const stage = imapStage();
const letters = searchedLetters(7, 60);
const inbox = messagesPath('inbox');
let caller: Caller;
beforeAll(async () => {
  caller = await searchedMailbox(stage, letters);
});

type Judge = (letter: Searched) => boolean;
const not =
  (judge: Judge): Judge =>
  (letter) =>
    !judge(letter);
const all =
  (...judges: readonly Judge[]): Judge =>
  (letter) =>
    judges.every((judge) => judge(letter));
const any =
  (...judges: readonly Judge[]): Judge =>
  (letter) =>
    judges.some((judge) => judge(letter));

const uidOf = (id: string): number => Number(id.split('.')[1]);
const newestFirst = (judge: Judge): number[] =>
  letters
    .filter(judge)
    .map(({ uid }) => uid)
    .reverse();
const quoted = (word: string): string => `"${word.replace(/["\\]/g, '\\$&')}"`;
const iso = (atMs: number): string => new Date(atMs).toISOString();

const search = (q: string, more = ''): Promise<Page> =>
  stage.page(caller, `?limit=500&fields=id&q=${encodeURIComponent(q)}${more}`);
const filtered = (filter: unknown, more = {}): Promise<Page> =>
  stage.postern.json(EmailPageSchema, caller, `${inbox}/search`, { body: { filter, limit: 500, ...more } });

function expectFound(page: Page, judge: Judge): void {
  const expected = newestFirst(judge);
  expect(page.messages.map(({ id }) => uidOf(id))).toEqual(expected);
  expect(page.total).toBe(expected.length);
  expect(page.nextCursor).toBeNull();
}

const isRead = isMarked('\\Seen');
const isFlagged = isMarked('\\Flagged');
const withFile: Judge = ({ hasAttachment }) => hasAttachment;
const earlier =
  (atMs: number): Judge =>
  ({ receivedAt }) =>
    receivedAt.getTime() < atMs;
const larger =
  (size: number): Judge =>
  ({ bytes }) =>
    bytes.length > size;
const smaller =
  (size: number): Judge =>
  ({ bytes }) =>
    bytes.length < size;
const forwarded: Judge = ({ keywords }) => keywords.includes('$forwarded');

const textFields = ['from', 'to', 'cc', 'bcc', 'subject', 'body'] as const;

const queries: readonly (readonly [string, Judge])[] = [
  ...words.map((word) => [quoted(word), anywhere(word)] as const),
  ['walnut', anywhere('walnut')],
  ['WALNUT quince', all(anywhere('walnut'), anywhere('quince'))],
  ['GRACE@orchard.example', anywhere('grace@orchard.example')],
  ...textFields.map((field) => [`${field}:walnut`, inField(field, 'walnut')] as const),
  ...textFields.map((field) => [`-${field}:quince`, not(inField(field, 'quince'))] as const),
  ['subject:"two words"', inField('subject', 'two words')],
  ['body:Grüße', inField('body', 'Grüße')],
  ['from:Zoë', inField('from', 'Zoë')],
  ['header:X-Trip', ({ trip }) => trip !== null],
  ['header:X-Trip:walnut', inField('trip', 'walnut')],
  ['header:X-Trip:"say \\"hi\\""', inField('trip', 'say "hi"')],
  ['-header:x-trip', ({ trip }) => trip === null],
  ['is:read', isRead],
  ['is:unread', not(isRead)],
  ['is:flagged', isFlagged],
  ['is:unflagged', not(isFlagged)],
  ['is:answered', isMarked('\\Answered')],
  ['is:unanswered', not(isMarked('\\Answered'))],
  ['is:draft', isMarked('\\Draft')],
  ['-is:draft', not(isMarked('\\Draft'))],
  ['keyword:$forwarded', forwarded],
  ['keyword:$Forwarded', forwarded],
  ['-keyword:$forwarded', not(forwarded)],
  ['keyword:$seen', isRead],
  ['keyword:neverset', () => false],
  ['-keyword:neverset', () => true],
  ['larger:1k', larger(1024)],
  ['smaller:1000', smaller(1000)],
  ['-larger:1k', not(larger(1024))],
  ['-smaller:1000', not(smaller(1000))],
  ['larger:0', () => true],
  ['smaller:0', () => false],
  ['-smaller:0', () => true],
  ['larger:3G', () => false],
  ...[-25, -13, -2, -1, 0, 1, 2, 13, 25].flatMap((hours) => {
    const at = midnight + hours * hourMs;
    return [
      [`before:${iso(at)}`, earlier(at)],
      [`after:${iso(at)}`, not(earlier(at))],
      [`-after:${iso(at)}`, earlier(at)],
    ] as const;
  }),
  ['before:2026-11-10', earlier(midnight)],
  ['after:2026-11-10', not(earlier(midnight))],
  ['after:2026-11-10T02:00:00+02:00', not(earlier(midnight))],
  ['after:2026-11-09 before:2026-11-10', all(not(earlier(midnight - 24 * hourMs)), earlier(midnight))],
  ['has:attachment', withFile],
  ['-has:attachment', not(withFile)],
  ['has:attachment is:unread', all(withFile, not(isRead))],
  ['has:attachment OR subject:walnut', any(withFile, inField('subject', 'walnut'))],
  [
    '-(has:attachment OR subject:walnut after:2026-11-10)',
    not(all(any(withFile, inField('subject', 'walnut')), not(earlier(midnight)))),
  ],
  ['walnut OR quince', any(anywhere('walnut'), anywhere('quince'))],
  [
    'subject:walnut OR subject:quince OR is:flagged from:grace',
    all(any(inField('subject', 'walnut'), inField('subject', 'quince'), isFlagged), inField('from', 'grace')),
  ],
  ['is:flagged OR (from:grace is:unread)', any(isFlagged, all(inField('from', 'grace'), not(isRead)))],
  ['-(is:flagged from:grace)', not(all(isFlagged, inField('from', 'grace')))],
  ['--is:flagged', isFlagged],
  [
    '(is:flagged OR is:draft) (is:read OR larger:2k)',
    all(any(isFlagged, isMarked('\\Draft')), any(isRead, larger(2048))),
  ],
];

it.each(queries)('finds with q=%s what a reader finds', async (q, judge) => {
  expectFound(await search(q), judge);
});

it('has messages that fit and messages that do not for nearly all of these', () => {
  const trivial = queries.filter(([, judge]) => [0, letters.length].includes(newestFirst(judge).length));
  expect(trivial.map(([q]) => q)).toEqual([
    'keyword:neverset',
    '-keyword:neverset',
    'larger:0',
    'smaller:0',
    '-smaller:0',
    'larger:3G',
  ]);
});

const filters: readonly (readonly [unknown, Judge])[] = [
  [{}, () => true],
  ...(['text', ...textFields] as const).map(
    (field) => [{ [field]: 'walnut' }, field === 'text' ? anywhere('walnut') : inField(field, 'walnut')] as const,
  ),
  [{ text: 'say "hi"' }, anywhere('say "hi"')],
  [{ header: ['X-Trip'] }, ({ trip }) => trip !== null],
  [{ header: ['X-Trip', '日本語'] }, inField('trip', '日本語')],
  [{ hasKeyword: '$seen', notKeyword: '$flagged' }, all(isRead, not(isFlagged))],
  [{ hasAttachment: true }, withFile],
  [{ hasAttachment: false, from: 'grace' }, all(not(withFile), inField('from', 'grace'))],
  [
    { before: iso(midnight), after: iso(midnight - 3 * hourMs) },
    all(earlier(midnight), not(earlier(midnight - 3 * hourMs))),
  ],
  ...[letters[5]?.bytes.length ?? 0].flatMap((size) => [
    [{ minSize: size }, not(smaller(size))] as const,
    [{ maxSize: size }, smaller(size)] as const,
  ]),
  [{ minSize: 0 }, () => true],
  [
    { operator: 'AND', conditions: [{ from: 'grace' }, { hasKeyword: '$flagged' }] },
    all(inField('from', 'grace'), isFlagged),
  ],
  [
    { operator: 'OR', conditions: [{ from: 'grace' }, { hasKeyword: '$flagged' }] },
    any(inField('from', 'grace'), isFlagged),
  ],
  [
    { operator: 'NOT', conditions: [{ from: 'grace' }, { hasKeyword: '$flagged' }] },
    not(any(inField('from', 'grace'), isFlagged)),
  ],
  [
    { operator: 'NOT', conditions: [{ operator: 'OR', conditions: [{ hasAttachment: true, subject: 'walnut' }] }] },
    not(all(withFile, inField('subject', 'walnut'))),
  ],
];

it.each(filters)('finds by the filter %j what a reader finds', async (filter, judge) => {
  expectFound(await filtered(filter), judge);
});

describe('the answer', () => {
  it.each([
    ['from:grace is:unread', 'FROM "grace" UNSEEN'],
    ['subject:Grüße OR "two words"', 'CHARSET UTF-8 OR SUBJECT "Grüße" TEXT "two words"'],
    ['-(larger:5k OR body:"a \\"b\\"")', 'SMALLER 5121 NOT BODY "a \\"b\\""'],
    ['after:2026-11-10 -is:flagged', 'SINCE 9-Nov-2026 UNFLAGGED'],
    ['before:2026-11-10', 'BEFORE 11-Nov-2026'],
    ['keyword:$forwarded -keyword:blue', 'KEYWORD $forwarded UNKEYWORD blue'],
    ['(is:draft is:read) OR larger:1', 'OR (DRAFT SEEN) LARGER 1'],
    ['has:attachment', 'ALL'],
  ])('echoes of %s what was sent', async (q, sent) => {
    const page = await search(q);
    expect(page.search).toBe(sent);
    expect(page.sort).toEqual({ by: '-arrival', isSupported: true });
  });

  it('says nothing of a search where there was none', async () => {
    expect(await stage.page(caller, '?limit=1')).not.toHaveProperty('search');
  });

  it('leads from page to page with a Link header that keeps the search', async () => {
    const q = 'is:unread OR is:flagged';
    const found: number[] = [];
    let path: string | undefined = `${inbox}?limit=7&fields=id&q=${encodeURIComponent(q)}`;
    while (path !== undefined) {
      const response: Response = await stage.postern.call(caller, path);
      const page = EmailPageSchema.parse(await response.json());
      found.push(...page.messages.map(({ id }) => uidOf(id)));
      path = /^<([^>]+)>; rel="next"$/.exec(response.headers.get('link') ?? '')?.[1];
    }
    expect(found).toEqual(newestFirst(any(not(isRead), isFlagged)));
  });

  it('leads through the pages of a filter', async () => {
    const found: number[] = [];
    for (let cursor: string | null | undefined; cursor !== null; ) {
      const page: Page = await filtered({ from: 'grace' }, { limit: 5, ...(cursor === undefined ? {} : { cursor }) });
      found.push(...page.messages.map(({ id }) => uidOf(id)));
      cursor = page.nextCursor;
    }
    expect(found).toEqual(newestFirst(inField('from', 'grace')));
  });
});

describe('among more messages than are looked at in one go', () => {
  const copies = 16;
  let many: Caller;
  beforeAll(async () => {
    many = await searchedMailbox(stage, letters);
    const program = await stage.program(many);
    for (let count = 1; count < copies; count *= 2) await program.command('UID COPY 1:* INBOX');
    program.close();
  });

  it.each<readonly [string, Judge]>([
    [`after:${iso(midnight)}`, not(earlier(midnight))],
    [`before:${iso(midnight)} is:unread`, all(earlier(midnight), not(isRead))],
    ['has:attachment', withFile],
    ['-(has:attachment OR subject:walnut)', not(any(withFile, inField('subject', 'walnut')))],
    [
      `subject:walnut OR after:${iso(midnight + hourMs)}`,
      any(inField('subject', 'walnut'), not(earlier(midnight + hourMs))),
    ],
  ])('%s finds what a reader finds', async (q, judge) => {
    const found: number[] = [];
    for (let cursor: string | null = ''; cursor !== null; ) {
      const query = `?limit=500&fields=id&q=${encodeURIComponent(q)}${cursor && `&cursor=${cursor}`}`;
      const page: Page = await stage.page(many, query);
      found.push(...page.messages.map(({ id }) => uidOf(id)));
      cursor = page.nextCursor;
    }
    // A copy has its original's number in every block of as many as there are letters.
    const expected = Array.from({ length: copies }, (_, block) =>
      newestFirst(judge).map((uid) => uid + block * letters.length),
    );
    expect(found).toEqual(expected.toReversed().flat());
  });
});
