/**
 * What is to be done about each mailbox, by what is known of it and how far the server says it is?
 */
import { describe, expect, it } from 'vitest';
import type { Role } from '../../src/mailbox/answers.ts';
import type { GrantedPath } from '../../src/mailbox/session/granted-path.ts';
import type { Progress } from '../../src/mailbox/session/survey.ts';
import { coursesOf, type Situation } from '../../src/watch/news/mailbox-courses.ts';
import type { KnownMailbox } from '../../src/watch/news/mailbox-known.ts';

const received = { updated: false, deleted: false };
const all = { updated: true, deleted: true };
const untold: Progress = { uidValidity: null, uidNext: null, messages: null, modseq: null };
const at = (uidValidity: number, uidNext: number, messages = 3, modseq = 5n): Progress => ({
  uidValidity,
  uidNext,
  messages,
  modseq,
});

const known = (path: string, more: Partial<KnownMailbox> = {}): KnownMailbox => ({
  path,
  role: null,
  uidValidity: 7,
  mark: 4,
  isCatchingUp: false,
  isGone: false,
  count: 0,
  settled: { uidNext: 4, messages: 3, modseq: 5n },
  state: Uint8Array.of(1),
  ...more,
});

interface Case {
  readonly mailboxes: readonly KnownMailbox[] | null;
  readonly progress: Readonly<Record<string, Progress>>;
  readonly wants?: Situation['wants'];
  readonly role?: Role;
  readonly isAll?: boolean;
  readonly wasAll?: boolean;
}

/** `A look at 4`, or with what is told: `A quiet at 4 after mailbox-not-found of B`. */
function inShort({ mailboxes, progress, wants = received, role, isAll = false, wasAll = isAll }: Case): string[] {
  const paths = Object.keys(progress).map((path) => path as GrantedPath);
  const courses = coursesOf({
    known: mailboxes === null ? null : { isAll: wasAll, mailboxes },
    since: null,
    isAll,
    places: role === undefined ? paths.map((path) => ({ path, role: null })) : [{ path: paths[0] ?? null, role }],
    wants,
    progressOf: (path) => progress[path] ?? untold,
    listed: new Set(paths),
  });
  return courses.map(({ known, look, reset }) => {
    const told = reset === null ? '' : ` after ${reset.reason} of ${reset.mailbox.path}`;
    return `${known.path} ${known.isGone ? 'gone' : look === null ? 'quiet' : 'look'} at ${known.mark}${told}`;
  });
}

describe('a mailbox', () => {
  it.each<[string, Case, string]>([
    ['that has not moved is left alone', { mailboxes: [known('A')], progress: { A: at(7, 4) } }, 'A quiet at 4'],
    [
      'with flags that nobody asks for too',
      { mailboxes: [known('A')], progress: { A: at(7, 4, 2, 9n) } },
      'A quiet at 4',
    ],
    [
      'with another MODSEQ is looked at',
      { mailboxes: [known('A')], progress: { A: at(7, 4, 3, 6n) }, wants: all },
      'A look at 4',
    ],
    [
      'with fewer messages is looked at',
      { mailboxes: [known('A')], progress: { A: at(7, 4, 2) }, wants: all },
      'A look at 4',
    ],
    [
      'without a state is looked at',
      { mailboxes: [known('A', { state: null })], progress: { A: at(7, 4) }, wants: all },
      'A look at 4',
    ],
    [
      'of which the MODSEQ is not told is looked at',
      { mailboxes: [known('A')], progress: { A: { ...at(7, 4), modseq: null } }, wants: all },
      'A look at 4',
    ],
    ['with a higher UIDNEXT is looked at', { mailboxes: [known('A')], progress: { A: at(7, 5) } }, 'A look at 4'],
    ['with a lower UIDNEXT is looked at', { mailboxes: [known('A')], progress: { A: at(7, 2) } }, 'A look at 4'],
    ['of which nothing is told is looked at', { mailboxes: [known('A')], progress: { A: untold } }, 'A look at 4'],
    [
      'that was not looked at to its end is',
      { mailboxes: [known('A', { settled: null })], progress: { A: at(7, 4) } },
      'A look at 4',
    ],
    [
      'with another UIDVALIDITY begins anew',
      { mailboxes: [known('A')], progress: { A: at(8, 90) } },
      'A quiet at 90 after uidvalidity-changed of A',
    ],
    [
      'that is gone stays gone without a word',
      { mailboxes: [known('A', { isGone: true })], progress: { A: untold } },
      'A gone at 4',
    ],
    [
      'that is there again goes on at its mark',
      { mailboxes: [known('A', { isGone: true, settled: null })], progress: { A: at(7, 6) } },
      'A look at 4',
    ],
    ['begins with what comes', { mailboxes: null, progress: { A: at(7, 4) } }, 'A quiet at 4'],
    [
      'begins with a look when changes are wanted',
      { mailboxes: null, progress: { A: at(7, 4) }, wants: all },
      'A look at 4',
    ],
  ])('%s', (_, one, course) => {
    expect(inShort(one)).toEqual([course]);
  });
});

describe('where all are meant', () => {
  it('a new one is looked at from its first message, but not when others were meant before', () => {
    const one = { mailboxes: [known('A')], progress: { A: at(7, 4), B: at(8, 9) }, isAll: true };
    expect(inShort(one)).toEqual(['A quiet at 4', 'B look at 1']);
    expect(inShort({ ...one, wasAll: false })).toEqual(['A quiet at 4', 'B quiet at 9']);
  });

  it('one with the numbers of one that is gone is that one, the nearest where there are more', () => {
    const progress = { A: at(7, 60), B: at(7, 5), C: at(8, 5), D: at(7, 3) };
    expect(inShort({ mailboxes: [known('Old')], progress, isAll: true })).toEqual([
      'A look at 1',
      'B look at 4 after mailbox-renamed of Old',
      'C look at 1',
      'D look at 1',
    ]);
  });

  it('one that is gone is told of once, and kept', () => {
    expect(inShort({ mailboxes: [known('A'), known('B')], progress: { A: at(7, 4) }, isAll: true })).toEqual([
      'A quiet at 4',
      'B gone at 4 after mailbox-not-found of B',
    ]);
    const [gone] = inShort({ mailboxes: [known('B', { isGone: true })], progress: {}, isAll: true });
    expect(gone).toBe('B gone at 4');
  });
});

describe('a role', () => {
  const archive = known('A', { role: 'archive' });

  it('that another mailbox has begins anew there', () => {
    expect(inShort({ mailboxes: [archive], progress: { B: at(8, 9) }, role: 'archive' })).toEqual([
      'B quiet at 9 after mailbox-not-found of A',
    ]);
  });

  it('whose mailbox has another name goes on at its mark', () => {
    expect(inShort({ mailboxes: [archive], progress: { B: at(7, 9) }, role: 'archive' })).toEqual([
      'B look at 4 after mailbox-renamed of A',
    ]);
  });

  it('that nobody has any more is told of once', () => {
    expect(inShort({ mailboxes: [archive], progress: {}, role: 'archive' })).toEqual([
      'A gone at 4 after mailbox-not-found of A',
    ]);
    const gone = { ...archive, isGone: true };
    expect(inShort({ mailboxes: [gone], progress: {}, role: 'archive' })).toEqual(['A gone at 4']);
  });
});
