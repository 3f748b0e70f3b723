/**
 * The connection to the mail server is cut behind every few bytes after the login, in each direction, while a draft is saved again, and while a mailbox
 * is renamed or deleted: is all mail where the answer says?
 */
import { it } from 'vitest';
import { saveDraft } from '../support/cutting-drafts.ts';
import { changeFolder, folderChanges } from '../support/cutting-folders.ts';
import { everyFew, playEveryByte } from '../support/cutting-runs.ts';
import { cuttingStage } from '../support/cutting-stage.ts';

const stage = cuttingStage({ protocol: 'imap', accounts: 16 });

const how = (afterBytes: number) => (afterBytes % 2 === 0 ? 'FIN' : 'RST');

it('has a draft always there, and changes no other message', async () => {
  await playEveryByte({
    name: 'cut, IMAP draft saved again',
    how,
    play: (fault) => saveDraft(stage, fault),
    every: everyFew,
  });
});

it.each(folderChanges)('$name: all of it or nothing, and no other', async (change) => {
  const play = changeFolder.bind(null, stage, change);
  await playEveryByte({ name: `cut, IMAP ${change.name}`, how, play, every: everyFew });
});
