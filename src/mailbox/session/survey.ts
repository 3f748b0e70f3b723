/**
 * How far has each of these mailboxes come?
 *
 * In one round trip for any number of them where the server is asked about them by name, or tells of all of them in LIST
 * (LIST-STATUS, RFC 5819), and in two otherwise. Nothing is selected.
 */
import { limits } from '../../core/limits.ts';
import type { GrantedPath } from './granted-path.ts';
import type { ListedName, Told } from './list-answer.ts';
import { nothingTold } from './list-answer.ts';
import { type Details, fillIn, namesAlone } from './list-details.ts';
import { type Listed, list } from './list-mailboxes.ts';
import { nameOfPath, pathOfName } from './mailbox-name.ts';
import type { ImapSession } from './session.ts';

/** Null for what the server does not tell, also of a mailbox that is not there. */
export type Progress = Pick<Told, 'uidValidity' | 'uidNext' | 'messages' | 'modseq'>;

export interface SurveyWish {
  /** `all`: with how far each of them is, in the same answer where the server can, and then also of those that are not meant. */
  readonly list: 'nothing' | 'names' | 'all';
  /** Whether flags matter. */
  readonly modseq: boolean;
  /** Which mailboxes are meant, when it is known which there are; null when nothing was listed. */
  readonly meant: (listed: Listed | null) => readonly GrantedPath[];
}

export interface Survey {
  readonly listed: Listed | null;
  progressOf(path: string): Progress;
}

export async function survey(session: ImapSession, { list: wish, modseq, meant }: SurveyWish): Promise<Survey> {
  // STATUS tells of the selected mailbox what this session has been told already (RFC 9051 §6.3.11).
  if (session.mailbox !== null) await session.wakeUp();
  const details: Details = { ...namesAlone, progress: modseq ? 'by uid and modseq' : 'by uid' };
  const isToldOfAll = wish === 'all' && session.has('LIST-STATUS');
  const listed = wish === 'nothing' ? null : await list(session, isToldOfAll ? details : namesAlone);
  const { nameEncoding } = session;
  const told = new Map<string, Told>();
  if (isToldOfAll) for (const { name, told: of } of listed?.entries ?? []) told.set(pathOfName(name, nameEncoding), of);
  const untold = new Map<string, ListedName>(
    meant(listed)
      .filter((path) => !told.has(path))
      .map((path) => [path, unlisted(nameOfPath(path, nameEncoding))]),
  );
  await fillIn(session, [...untold.values()], details, limits.newsMailboxesAhead);
  return { listed, progressOf: (path) => told.get(path) ?? untold.get(path)?.told ?? nothingTold };
}

const unlisted = (name: string): ListedName => ({
  name,
  delimiter: '',
  flags: new Set(),
  isSubscribed: false,
  told: nothingTold,
});
