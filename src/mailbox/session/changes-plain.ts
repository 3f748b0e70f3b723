/**
 * What has changed, where the server remembers nothing?
 *
 * All flags of all messages are fetched and compared with those that the state holds, as exactly as it can.
 */
import { err, Failed, ok, type Result } from '../../core/failure.ts';
import type { Uid } from '../answers.ts';
import { without } from '../sync/differences.ts';
import { differencesSince } from '../sync/known-messages.ts';
import { Marks } from '../sync/mark.ts';
import { changeOf } from '../sync/page.ts';
import type { NewState, State } from '../sync/state.ts';
import { attempt } from './attempt.ts';
import type { ToldPage } from './changes.ts';
import type { UntaggedHandlers } from './imapflow.ts';
import type { SelectedMailbox } from './select.ts';
import { selectAnew } from './select-anew.ts';
import type { ImapSession } from './session.ts';
import { atom, setToken } from './tokens.ts';
import { rowOf } from './told-changes.ts';

type PlainState = Extract<State, { kind: 'plain' }>;

export async function plainState(session: ImapSession, selected: SelectedMailbox): Promise<Result<NewState>> {
  const messages = await allMarks(session, selected);
  return messages.ok ? ok(plainStateOf(selected, messages.value)) : messages;
}

export const plainStateOf = ({ path, uidValidity }: SelectedMailbox, messages: ReadonlyMap<Uid, number>): NewState => ({
  mailboxPath: path,
  uidValidity,
  kind: 'plain',
  messages,
});

export async function plainChanges(
  session: ImapSession,
  selected: SelectedMailbox,
  { known }: PlainState,
  most: number,
): Promise<Result<ToldPage>> {
  const messages = await allMarks(session, selected);
  if (!messages.ok) return messages;
  const differences = differencesSince(known, messages.value);
  if (differences === null) return err({ kind: 'state-gone' });
  const later = differences.slice(most);
  return ok({
    state: plainStateOf(selected, without(messages.value, later)),
    changes: differences.slice(0, most).map(changeOf),
    hasMoreChanges: later.length > 0,
  });
}

/** How often a mailbox is looked at again that changed just then. */
const attempts = 3;

/** A message that is left out would pass for deleted, so there have to be as many as the server counts. */
async function allMarks(session: ImapSession, selected: SelectedMailbox): Promise<Result<Map<Uid, number>>> {
  for (let attempt = 1; attempt <= attempts; attempt++) {
    // Where UIDs do not ascend, `*` is not the highest of them.
    const looked = await lookOnce(session, selected, attempt === 1 ? '1:*' : '1:4294967295');
    if (!looked.ok) return looked;
    const { marks, exists } = looked.value;
    if (marks.size === exists || marks.size === session.mailbox?.exists) return ok(marks);
  }
  throw new Failed({ kind: 'protocol-violated', detail: 'It does not tell of all messages that it counts.' });
}

/**
 * In one go with SELECT. Behind a NOOP it would have to wait for that one's answer: Dovecot answers a FETCH that comes along with
 * it from what was there before.
 */
async function lookOnce(session: ImapSession, selected: SelectedMailbox, set: string) {
  const marks = new Marks();
  const found = new Map<Uid, number>();
  const untagged: UntaggedHandlers = {
    FETCH: async (response) => {
      const { uid, flags } = rowOf(response);
      if (uid !== null && flags !== null) found.set(uid, marks.of(flags));
    },
  };
  const tokens = [setToken({ by: 'uid', set }), [atom('UID'), atom('FLAGS')]];
  const [now, fetched] = await session.together(
    () => selectAnew(session, selected),
    () => attempt(() => session.exec('UID FETCH', tokens, untagged, true)),
  );
  if (!now.ok) return now;
  const { exists } = now.value;
  // Some servers refuse to be asked about the messages of a mailbox that has none.
  return fetched.ok || exists === 0 ? ok({ marks: found, exists }) : fetched;
}
