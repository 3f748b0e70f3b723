/**
 * Which messages of the selected mailbox does the server find? (SEARCH, RFC 9051 §6.4.4; SORT, RFC 5256)
 *
 * By UID. ESEARCH (RFC 4731) where it is offered, since 100,000 hits in a row are then one range. What a server answers is
 * bounded, however it is written: `1:4294967295` is 13 octets.
 */
import { Buffer } from 'node:buffer';
import { Failed, type MailFailure } from '../../core/failure.ts';
import { limits } from '../../core/limits.ts';
import type { Uid } from '../answers.ts';
import { isAscii, type Program, type SearchToken, textOf } from '../search/program.ts';
import { type Sort, sortProgram } from '../search/sort.ts';
import { attempt } from './attempt.ts';
import type { ImapResponse } from './imapflow.ts';
import type { ImapSession } from './session.ts';
import { textIn } from './token-values.ts';
import { atom, type CompilableToken, quoted } from './tokens.ts';
import { isUid, rangesIn, type UidRange } from './uid-ranges.ts';

/** Ascending, each once. Fails with `unsupported-by-server` when the server does not take the program. */
export const searchUids = (session: ImapSession, program: Program): Promise<Uid[]> =>
  unlessBeyond(uidsFound(session, program));

/** The same; fails as the server refuses. */
export async function uidsFound(session: ImapSession, program: Program): Promise<Uid[]> {
  if (program === 'none') return [];
  const found = new Found();
  const wanted = session.has('ESEARCH') ? [atom('RETURN'), [atom('ALL'), atom('COUNT')]] : [];
  const charset = isAscii(program) || session.nameEncoding === 'utf-8' ? [] : [atom('CHARSET'), atom('UTF-8')];
  const tokens = [...wanted, ...charset, ...tokensOf(program, session)];
  await ask(session, 'UID SEARCH', tokens, {
    SEARCH: async (response) => found.add(numbersIn(response)),
    ESEARCH: async (response) => found.addSet(response),
  });
  // Sets may stand for UIDs that are not there, as a range does: then each has to be named. And what says nothing is asked again.
  if (!found.isVague) return found.ascending();
  const isSome = found.isSome || (program === 'all' && (session.mailbox?.exists ?? 0) > 0);
  return plainly(session, [...charset, ...tokensOf(program, session)], isSome);
}

/** `isSome`: something is to be found, so that no answer at all cannot mean that there is nothing. */
async function plainly(session: ImapSession, tokens: readonly CompilableToken[], isSome: boolean): Promise<Uid[]> {
  const found = new Found();
  await ask(session, 'UID SEARCH', tokens, { SEARCH: async (response) => found.add(numbersIn(response)) });
  if (isSome && !found.isAnswered) throw unanswered();
  return found.ascending();
}

const unanswered = (): Failed =>
  new Failed({ kind: 'protocol-violated', detail: 'It completed a search without an answer.' });

/** In the order of `sort`, each once. */
export async function sortUids(session: ImapSession, sort: Sort, program: Program): Promise<Uid[]> {
  if (program === 'none') return [];
  const found = new Found();
  // RFC 5256 §3: the charset is never left out, and every server knows UTF-8.
  const tokens = [sortProgram(sort).map(atom), atom('UTF-8'), ...tokensOf(program, session)];
  await unlessBeyond(ask(session, 'UID SORT', tokens, { SORT: async (response) => found.add(numbersIn(response)) }));
  if (!found.isAnswered) throw unanswered();
  return found.inOrder();
}

/** What was sent, as text. */
export const echoOf = (session: ImapSession, program: Program): string =>
  (isAscii(program) || session.nameEncoding === 'utf-8' ? '' : 'CHARSET UTF-8 ') + textOf(program);

async function ask(
  session: ImapSession,
  command: string,
  tokens: readonly CompilableToken[],
  untagged: Parameters<ImapSession['exec']>[2],
): Promise<void> {
  const unreadBefore = session.unreadLines;
  const asked = await attempt(() => session.exec(command, tokens, untagged));
  // It may have been the answer, or a part of it.
  if (session.unreadLines !== unreadBefore) throw unreadable();
  if (!asked.ok) throw new Failed(asked.failure);
}

const unreadable = (): Failed =>
  new Failed({ kind: 'protocol-violated', detail: 'It answered a search in a form that cannot be read.' });

async function unlessBeyond<T>(work: Promise<T>): Promise<T> {
  const done = await attempt(() => work);
  if (done.ok) return done.value;
  const { failure } = done;
  const isBeyond = failure.kind === 'command-refused' && isUnable(failure.responseCode);
  throw new Failed(isBeyond ? { kind: 'unsupported-by-server', feature: 'a search like this one' } : failure);
}

/** What we send is well-formed, so a refusal without another reason is about what it asks for. */
const isUnable = (code: string | null): boolean =>
  code === null || ['BADCHARSET', 'CANNOT', 'CLIENTBUG', 'PARSE'].includes(code);

function tokensOf(program: Program, session: ImapSession): CompilableToken[] {
  return typeof program === 'string' ? [atom('ALL')] : program.flat().map((token) => tokenOf(token, session));
}

/** Strings in quotes have 7 bits, but for UTF-8 where that is on (RFC 9051 §4.3). */
function tokenOf(token: SearchToken, session: ImapSession): CompilableToken {
  if (typeof token === 'string') return /^[\d:,*]+$/.test(token) ? { type: 'SEQUENCE', value: token } : atom(token);
  if (!('text' in token)) return token.map((one) => tokenOf(one, session));
  const isQuotable = session.nameEncoding === 'utf-8' || !/\P{ASCII}/u.test(token.text);
  return isQuotable ? quoted(token.text) : { type: 'LITERAL', value: Buffer.from(token.text, 'utf8') };
}

/** A line of numbers, which imapflow reads by itself for SEARCH alone. */
const numbersIn = ({ numbers, attributes = [] }: ImapResponse): readonly number[] =>
  numbers ?? attributes.map((token) => Number(textIn(token)));

/**
 * What has come for one command; a long answer may come in several lines. imapflow swallows what is thrown while a line is
 * handled, so a fault is kept until all has come.
 */
class Found {
  readonly #uids = new Set<number>();
  #told: number | null = null;
  #fault: MailFailure | null = null;
  #isAnswered = false;

  /** Whether anything was said, be it that nothing was found. */
  get isAnswered(): boolean {
    return this.#isAnswered;
  }

  add(numbers: readonly number[]): void {
    this.#isAnswered = true;
    for (const number of numbers) this.#addRange(isUid(number) ? { first: number, last: number } : null);
  }

  /** `* ESEARCH (TAG "A1") UID COUNT 4 ALL 2,10:12` */
  addSet({ attributes = [] }: ImapResponse): void {
    this.#isAnswered = true;
    const texts = attributes.map((token) => textIn(token) ?? '');
    const behind = (name: string): string | undefined =>
      texts.find((_, index) => texts[index - 1]?.toUpperCase() === name);
    const count = behind('COUNT');
    if (count !== undefined && /^\d{1,10}$/.test(count)) this.#told = (this.#told ?? 0) + Number(count);
    for (const range of rangesIn(behind('ALL') ?? '')) this.#addRange(range);
  }

  /** Whether another number of messages was found than are named, or nothing was said. */
  get isVague(): boolean {
    return this.#told === null ? !this.#isAnswered : this.#told !== this.#uids.size;
  }

  /** Whether messages were found, whichever they are. */
  get isSome(): boolean {
    return (this.#told ?? 0) > 0;
  }

  ascending(): Uid[] {
    return this.inOrder().sort((one, other) => one - other);
  }

  inOrder(): Uid[] {
    if (this.#fault !== null) throw new Failed(this.#fault);
    return [...this.#uids].map((uid) => uid as Uid);
  }

  /** Null for what is none. */
  #addRange(range: UidRange | null): void {
    if (range === null) {
      this.#fault ??= { kind: 'protocol-violated', detail: 'It answered a search with what is no UID.' };
    } else if (range.last - range.first + this.#uids.size >= limits.searchHits) {
      this.#fault ??= { kind: 'limit-exceeded', limit: 'searchHits' };
    } else if (this.#fault === null) {
      for (let uid = range.first; uid <= range.last; uid++) this.#uids.add(uid);
    }
  }
}
