/**
 * Where does a mailbox go that is to be made or moved, and what is it called there?
 *
 * Decided from what the server has listed, before anything is changed. A place is a name on the wire.
 */
import { err, type FieldError, type MailFailure, ok, type Result } from '../../core/failure.ts';
import type { MailboxName } from '../answers.ts';
import { mailboxIdOf, mailboxNameOf } from '../rules.ts';
import { hasFlag, type ListedName, prefixOf } from './list-answer.ts';
import { entryOf, type Listed } from './list-mailboxes.ts';
import { nameOfPath, pathOfName } from './mailbox-name.ts';
import { homeOf } from './namespaces.ts';
import type { ImapSession } from './session.ts';

export interface Place {
  /** Ends with the delimiter, and is empty at a top without a prefix. */
  readonly prefix: string;
  /** Empty where there is no hierarchy. */
  readonly delimiter: string;
}

/** Below the mailbox that `parent` names; among the user's own for null. */
export function placeBelow(session: ImapSession, listed: Listed, parent: MailboxName | null): Result<Place> {
  if (parent === null) return ok(topOf(listed));
  const entry = entryOf(session, listed, parent);
  if (entry === null) return err({ kind: 'mailbox-not-found', field: 'parentId' });
  const { delimiter, flags } = entry;
  if (delimiter === '' || hasFlag(flags, '\\noinferiors')) {
    return err({ kind: 'unsupported-by-server', feature: 'mailboxes in this mailbox' });
  }
  return ok({ prefix: prefixOf(entry), delimiter });
}

function topOf({ entries, namespaces }: Listed): Place {
  const home = homeOf(namespaces);
  if (home !== null) return home;
  const delimiter = entries.find((entry) => entry.delimiter !== '')?.delimiter ?? '';
  return { prefix: '', delimiter };
}

/** Where a mailbox is now, and its own part of its name, in octets. */
export function placeOfEntry({ name, delimiter }: ListedName): { readonly place: Place; readonly own: string } {
  const whole = delimiter !== '' && name.endsWith(delimiter) ? name.slice(0, -delimiter.length) : name;
  const at = delimiter === '' ? -1 : whole.lastIndexOf(delimiter);
  return { place: { prefix: whole.slice(0, at + 1), delimiter }, own: whole.slice(at + 1) };
}

/** `own` is the last part of the name, in octets. Fails with `request-invalid` when it cannot stand there. */
export function nameAt({ prefix, delimiter }: Place, own: string, { nameEncoding }: ImapSession): Result<string> {
  if (delimiter !== '' && own.includes(delimiter)) {
    // A server's word: no more of it than the one character that it may be.
    const message = `Leave out ${JSON.stringify(delimiter.slice(0, 1))}: it stands between mailboxes and those that hold them here.`;
    return err(invalid('name', message));
  }
  const name = prefix + own;
  const id = mailboxIdOf(pathOfName(name, nameEncoding));
  return mailboxNameOf(id) === null ? err(invalid('name', 'Give a shorter name, or put it less deep.')) : ok(name);
}

export const ownNameOf = (label: string, { nameEncoding }: ImapSession): string => nameOfPath(label, nameEncoding);

/** Whether a name is taken by something that holds messages; one that only holds others can become a mailbox. */
export const isInUse = ({ entries }: Listed, name: string): boolean =>
  /^inbox$/i.test(name) ||
  entries.some(
    (entry) => entry.name === name && !hasFlag(entry.flags, '\\noselect') && !hasFlag(entry.flags, '\\nonexistent'),
  );

export function invalid(field: string, message: string): MailFailure {
  const error: FieldError = { in: 'body', field, message };
  return { kind: 'request-invalid', errors: [error] };
}
