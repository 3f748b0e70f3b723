/**
 * What does each answer argue for, how much, and why?
 *
 * A table; docs/pop-or-imap.md has it for people. The order decides where two of them cannot both be had: a `must` before any
 * other, and of several the upper one. IMAP stands above there, since what was kept can be deleted later, and what was deleted
 * is gone, for others as well.
 */
import type { Answers, Reason } from './advice-schema.ts';
import type { Provider } from './provider.ts';

export type Question = keyof Answers;

export interface Rule extends Pick<Reason, 'for' | 'strength' | 'text'> {
  readonly answer: Question;
  readonly is: NonNullable<Answers[Question]>;
  /** Only of a provider whose POP3 does so. */
  readonly deletesByPop3?: boolean;
  /** What one gives up when it is the other one after all. */
  readonly otherwise: string | null;
}

const must: readonly Rule[] = [
  {
    answer: 'isShared',
    is: true,
    for: 'imap',
    strength: 'must',
    text: 'What several people read has to be in one place: with IMAP it stays on the server, and each sees what the others have read, answered and moved.',
    otherwise:
      'Each person loads mail apart and sees nothing of what the others have read; who deletes a message, deletes it for all.',
  },
  {
    answer: 'keepsFolders',
    is: true,
    for: 'imap',
    strength: 'must',
    text: 'Folders, and sent mail in one of them, are on the server with IMAP alone: POP3 knows one maildrop, and nothing can be put into it.',
    otherwise: 'Folders and sent mail are where they were made, and not on the server.',
  },
  {
    answer: 'devices',
    is: 'several',
    for: 'imap',
    strength: 'must',
    text: 'Several devices see the same mail, read and unread alike, when it stays on the server together with its marks: with IMAP.',
    otherwise:
      'Each device loads mail apart: what was read on one is unread on the others, and what one deletes those never get that come later.',
  },
  {
    answer: 'leavesServer',
    is: true,
    deletesByPop3: true,
    for: 'pop3',
    strength: 'must',
    text: 'Mail that is not to stay on the server leaves it by POP3: each message is deleted there once it was acknowledged.',
    otherwise:
      'Mail stays on the server, where others may be able to read it, until it was saved (export) and deleted there.',
  },
  {
    answer: 'leavesServer',
    is: true,
    deletesByPop3: false,
    for: 'imap',
    strength: 'must',
    text: 'This provider keeps mail that was deleted by POP3: what is not to stay on the server has to be saved, and then deleted by IMAP.',
    otherwise:
      'Mail stays on the server: this provider keeps what is deleted by POP3, until it is deleted on its web page.',
  },
];

const should: readonly Rule[] = [
  {
    answer: 'serverStorage',
    is: 'short',
    deletesByPop3: true,
    for: 'pop3',
    strength: 'should',
    text: 'With POP3 a message is deleted on the server as soon as it was acknowledged, so the server does not fill up.',
    otherwise: 'The server fills up: old mail has to be saved (export) and deleted there from time to time.',
  },
  {
    answer: 'serverStorage',
    is: 'short',
    deletesByPop3: false,
    for: 'imap',
    strength: 'should',
    text: 'This provider keeps mail that was deleted by POP3, so that only IMAP makes room.',
    otherwise: 'The server fills up: this provider keeps what is deleted by POP3, until it is deleted on its web page.',
  },
  {
    answer: 'isGathered',
    is: true,
    for: 'pop3',
    strength: 'should',
    text: 'Accounts are gathered by POP3, each of them emptied into one inbox, which is then read by IMAP.',
    otherwise: 'This account is not emptied into another one; others can be gathered in it.',
  },
  {
    answer: 'connection',
    is: 'slow-or-rare',
    for: 'pop3',
    strength: 'should',
    text: 'POP3 loads what is new in one go and needs no connection afterwards, while IMAP asks the server for each message that is opened.',
    otherwise:
      'Without a connection only that can be read which was loaded before; large attachments can be left on the server, though.',
  },
  {
    answer: 'isReadOffline',
    is: true,
    for: 'pop3',
    strength: 'may',
    text: 'POP3 loads whole messages, which can then be read without a connection. With IMAP a program has to keep copies of its own.',
    otherwise: 'To be read without a connection, mail has to be loaded beforehand, and kept by the program.',
  },
];

/** They leave the choice open, or make IMAP a little easier. */
const may: readonly Rule[] = [
  {
    answer: 'serverStorage',
    is: 'enough',
    for: 'imap',
    strength: 'may',
    text: 'There is room enough, so mail may stay on the server, where it is not lost together with a device.',
    otherwise: null,
  },
  {
    answer: 'connection',
    is: 'good',
    for: 'imap',
    strength: 'may',
    text: 'With a good connection mail can be asked for when it is read, and nothing has to be loaded beforehand.',
    otherwise: null,
  },
  {
    answer: 'leavesServer',
    is: false,
    for: 'imap',
    strength: 'may',
    text: 'Mail may stay on the server, which is where IMAP has it.',
    otherwise: null,
  },
  {
    answer: 'devices',
    is: 'one',
    for: 'either',
    strength: 'may',
    text: 'For one device both will do: nothing has to be the same elsewhere.',
    otherwise: null,
  },
  {
    answer: 'isShared',
    is: false,
    for: 'either',
    strength: 'may',
    text: 'Nobody else misses what is loaded or deleted, so both will do.',
    otherwise: null,
  },
  {
    answer: 'keepsFolders',
    is: false,
    for: 'either',
    strength: 'may',
    text: 'Without folders on the server POP3 lacks nothing, and IMAP has them all the same.',
    otherwise: null,
  },
  {
    answer: 'isReadOffline',
    is: false,
    for: 'either',
    strength: 'may',
    text: 'Nothing has to be kept for reading without a connection, so both will do.',
    otherwise: null,
  },
  {
    answer: 'isGathered',
    is: false,
    for: 'either',
    strength: 'may',
    text: 'An account that stays by itself can be read by both.',
    otherwise: null,
  },
  {
    answer: 'hasOwnBackup',
    is: true,
    for: 'either',
    strength: 'may',
    text: 'A backup can be made by both: IMAP has each folder, and POP3 the inbox alone.',
    otherwise: null,
  },
  {
    answer: 'hasOwnBackup',
    is: false,
    for: 'either',
    strength: 'may',
    text: 'Without a backup mail is as safe as the place where it is: on the server with IMAP, on the device with POP3 once it is deleted there.',
    otherwise: null,
  },
];

export const rules: readonly Rule[] = [...must, ...should, ...may];

/** Those that fit the answers, in their order: one for each answer. */
export function rulesFor(answers: Answers, provider: Provider | null): readonly Rule[] {
  const deletes = provider?.isDeletedByPop3 ?? true;
  return rules.filter(
    ({ answer, is, deletesByPop3 }) =>
      answers[answer] === is && (deletesByPop3 === undefined || deletesByPop3 === deletes),
  );
}
