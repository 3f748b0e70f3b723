/**
 * In which of the mailboxes that there are is mail received?
 *
 * In all of one's own but those of a role that mail is put into by its owner or by a filter against it, and but those that show what
 * lies elsewhere.
 */
import type { Access } from '../../core/access.ts';
import type { Role } from '../answers.ts';
import { type GrantedPath, grantIn } from './granted-path.ts';
import type { Listed } from './list-mailboxes.ts';
import { pathOfName } from './mailbox-name.ts';
import { isSelectable } from './mailbox-roles.ts';
import { kindOf } from './namespaces.ts';
import type { ImapSession } from './session.ts';

const notReceiving: readonly Role[] = ['trash', 'junk', 'drafts', 'sent', 'all', 'flagged'];

/** Those of them that `access` grants. */
export function receivingMailboxes(
  { nameEncoding }: Pick<ImapSession, 'nameEncoding'>,
  access: Access,
  { entries, namespaces, rolePaths }: Listed,
): GrantedPath[] {
  const others = new Set(notReceiving.map((role) => rolePaths.get(role)));
  return entries.flatMap(({ name, delimiter, flags }) => {
    const path = pathOfName(name, nameEncoding);
    const isOwn = kindOf(name, delimiter, namespaces) === 'personal';
    if (!isOwn || !isSelectable(flags) || isView(flags) || others.has(path)) return [];
    const granted = grantIn(access, { path }, nameEncoding, rolePaths);
    return granted.ok && granted.value !== null ? [granted.value] : [];
  });
}

/** RFC 8457: Gmail's, which has no role in JMAP. Others may be flagged `\All` of which only one has the role. */
const isView = (flags: ReadonlySet<string>): boolean =>
  [...flags].some((flag) => ['\\important', '\\all', '\\flagged'].includes(flag.toLowerCase()));
