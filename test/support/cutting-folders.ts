/**
 * A program that renames a mailbox with another one inside, or deletes one with its mail, and what has to be true of all mail
 * behind a fault.
 */
import { expect } from 'vitest';
import { mailboxIdOf } from '../../src/mailbox/rules.ts';
import { MailboxesSchema } from '../../src/mailbox/schema/mailbox.ts';
import { type Found, messagesIn, type Placed } from './cutting-accounts.ts';
import { openKinds, problemIn } from './cutting-answers.ts';
import { meetFault } from './cutting-fault.ts';
import type { Fault } from './cutting-relay.ts';
import type { Ended } from './cutting-runs.ts';
import type { CuttingStage, Run } from './cutting-stage.ts';
import { letter } from './mail.ts';
import type { Call } from './postern.ts';

/** In each of them something is marked as deleted. */
const foldered: readonly Placed[] = [
  { bytes: letter('marked 1'), flags: 'T' },
  { mailbox: 'Projects', bytes: letter('project'), flags: 'S' },
  { mailbox: 'Projects', bytes: letter('marked 2'), flags: 'T' },
  { mailbox: 'Projects/2026', bytes: letter('inside'), flags: 'F' },
  { mailbox: 'Projects/2026', bytes: letter('marked 3'), flags: 'ST' },
  { mailbox: 'Notes', bytes: letter('note'), flags: '' },
  { mailbox: 'Notes', bytes: letter('marked 4'), flags: 'T' },
];

/** What is in each mailbox that has mail. */
type Tree = Readonly<Record<string, readonly Found[]>>;

export interface FolderChange {
  readonly name: string;
  readonly path: string;
  readonly call: Call;
  readonly treeAfter: (before: Tree) => Tree;
}

const pathOf = (mailbox: string): string => `/v1/imap/mailboxes/${mailboxIdOf(mailbox)}`;

export const folderChanges: readonly [FolderChange, ...FolderChange[]] = [
  {
    name: 'mailbox renamed, with another one inside',
    path: pathOf('Projects'),
    call: { method: 'PATCH', body: { name: 'Plans' } },
    treeAfter: (before) =>
      Object.fromEntries(Object.entries(before).map(([path, found]) => [path.replace('Projects', 'Plans'), found])),
  },
  {
    name: 'mailbox deleted with its mail',
    path: `${pathOf('Notes')}?removeEmails=true`,
    call: { method: 'DELETE' },
    treeAfter: (before) => Object.fromEntries(Object.entries(before).filter(([path]) => path !== 'Notes')),
  },
];

/** One run: the call with the fault, and once more without. */
export const changeFolder = (stage: CuttingStage, change: FolderChange, fault: Fault | null): Promise<Ended> =>
  stage.run({ fault, hidden: [], messages: foldered }, async (run) => {
    const before = treeOf(run);
    const wanted = change.treeAfter(before);
    const { answer: how, ...met } = await meetFault(
      run,
      fault,
      () => answered(run, change),
      (kind) => (kind === 'done' ? [] : [kind]),
    );
    const after = treeOf(run);
    const isOpen = openKinds.includes(how);
    expect(how === 'done' ? [wanted] : isOpen ? [before, wanted] : [before], 'all mail').toContainEqual(after);

    const wasDone = JSON.stringify(after) === JSON.stringify(wanted);
    expect(await answered(run, change), 'the repeat').toBe(wasDone ? 'mailbox-not-found' : 'done');
    await run.relay.settled();
    expect(treeOf(run), 'all mail, at last').toEqual(wanted);
    const { mailboxes } = await run.postern.json(MailboxesSchema, run.caller, '/v1/imap/mailboxes');
    const listed = mailboxes.flatMap(({ id, totalEmails }) => (totalEmails === 0 ? [] : [[id, totalEmails]]));
    const there = Object.entries(wanted).map(([path, found]) => [mailboxIdOf(path), found.length]);
    expect(listed.sort(), 'what is listed at last').toEqual(there.sort());
    return { ...met, how };
  });

const treeOf = ({ maildir }: Run): Tree =>
  Object.fromEntries(
    ['INBOX', 'Notes', 'Plans', 'Plans/2026', 'Projects', 'Projects/2026'].flatMap((path) => {
      const found = messagesIn(maildir, path);
      return found.length === 0 ? [] : [[path, found]];
    }),
  );

/** `done`, or the kind of what went wrong. */
async function answered({ postern, caller }: Run, { path, call }: FolderChange): Promise<string> {
  const response = await postern.call(caller, path, call);
  if (!response.ok) return problemIn(response);
  await response.text();
  return 'done';
}
