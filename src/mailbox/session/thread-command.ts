/**
 * What does the server say to THREAD? (RFC 5256)
 *
 * REFS where it has it, which is by Message-IDs alone; else REFERENCES, which joins what has the same subject as well.
 */
import { Failed } from '../../core/failure.ts';
import type { Uid } from '../answers.ts';
import { threadsIn } from '../threads/thread-answer.ts';
import { attempt } from './attempt.ts';
import { uidsFound } from './search.ts';
import type { ImapSession } from './session.ts';
import type { ThreadGroups } from './thread-groups.ts';
import { atom } from './tokens.ts';

/** Null where there is no such command, or none that answers with all of the mailbox. */
export async function groupsByCommand(session: ImapSession): Promise<ThreadGroups | null> {
  const method = (['REFS', 'REFERENCES'] as const).find((name) => session.has(`THREAD=${name}`));
  if (method === undefined) return null;
  // Mail that came between the two, or that another session has expunged: once more, after the server could tell of it.
  for (const isLast of [false, true]) {
    const told = await attempt(() =>
      session.together(
        () => thread(session, method),
        () => uidsFound(session, [['UNSEEN']]),
      ),
    );
    if (!told.ok) return null;
    const [threads, unseen] = told.value;
    const count = threads.reduce((sum, uids) => sum + uids.length, 0);
    if (count === session.mailbox?.exists) {
      const groups = threads.map((uids) => ({ threadId: null, uids }));
      return { method, isComplete: true, threads: groups, unseen: new Set(unseen) };
    }
    if (!isLast) await session.noop();
  }
  return null;
}

async function thread(session: ImapSession, method: 'REFS' | 'REFERENCES'): Promise<Uid[][]> {
  const threads: Uid[][] = [];
  let isReadable = true;
  await session.exec('UID THREAD', [atom(method), atom('UTF-8'), atom('ALL')], {
    THREAD: async () => {
      const told = threadsIn(session.line);
      // imapflow swallows what is thrown while a line is handled.
      isReadable &&= told !== null;
      for (const uids of told ?? []) threads.push(uids);
    },
  });
  if (!isReadable) throw new Failed({ kind: 'protocol-violated', detail: 'Its answer to THREAD is none.' });
  return threads;
}
