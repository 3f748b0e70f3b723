/**
 * How does one go about it, with which calls of this API?
 */
import type { Protocol } from '../core/server.ts';
import type { Answers } from './advice-schema.ts';
import type { Provider } from './provider.ts';

const elsewhere = 'Use the programs of the provider, or have mail forwarded to an account with IMAP or POP3.';

/** What to do first at the provider, then the calls. */
export function howTo(
  protocol: Protocol | null,
  answers: Answers,
  leaveCopyDays: number | null,
  provider: Provider | null,
): string[] {
  const first = provider === null ? [] : atProvider(protocol, provider);
  if (protocol === null) return [...first, elsewhere];
  return [...first, ...(protocol === 'imap' ? byImap(answers) : byPop(answers, leaveCopyDays))];
}

function atProvider(
  protocol: Protocol | null,
  { name, habits, limits, takesPassword, oauth2, appPasswords }: Provider,
): string[] {
  const isAbout = (about: Protocol | 'both'): boolean => about === 'both' || protocol === null || about === protocol;
  const hasStart = oauth2 === 'google' || oauth2 === 'microsoft';
  const signIn = hasStart
    ? [
        `${takesPassword ? 'Or let' : 'Let'} the user sign in: GET /v1/oauth/${oauth2}/start, if the operator has set that up.`,
      ]
    : [];
  const isAppPassword = appPasswords?.isNeeded === true ? '' : ', once sign-in has a second step';
  const appPassword =
    appPasswords === null ? [] : [`${name} wants an app password here${isAppPassword}: ${appPasswords.url}`];
  const told = [...habits.filter((habit) => isAbout(habit.protocol)).map(({ text }) => text), ...limits.notes];
  return [...told.map((text) => `${name}: ${text}`), ...appPassword, ...signIn];
}

const byImap = ({
  serverStorage,
  isReadOffline,
  connection,
  hasOwnBackup,
  leavesServer,
  isGathered,
}: Answers): string[] => {
  const isSaved = hasOwnBackup === true || isReadOffline === true || leavesServer === true || serverStorage === 'short';
  return [
    'GET /v1/imap/mailboxes shows the folders, and GET /v1/imap/mailboxes/{mailbox}/messages what is in one.',
    connection === 'slow-or-rare'
      ? 'GET /v1/imap/mailboxes/{mailbox}/changes asks for what is new alone, and a message can be read without what is attached to it.'
      : 'GET /v1/imap/mailboxes/{mailbox}/changes and GET /v1/imap/mailboxes/{mailbox}/events tell what is new.',
    ...(isSaved ? ['GET /v1/imap/mailboxes/{mailbox}/export saves all messages of a folder, byte for byte.'] : []),
    ...(serverStorage === 'short' ? ['GET /v1/imap/quota tells how much room is left.'] : []),
    ...(serverStorage === 'short' || leavesServer === true
      ? ['POST /v1/imap/mailboxes/{mailbox}/messages/batch with `"delete": "permanent"` deletes what was saved.']
      : []),
    ...(isGathered === true
      ? ['POST /v1/consolidations gathers the mail of other accounts here: name this one in `into`.']
      : []),
  ];
};

const byPop = ({ isGathered, hasOwnBackup }: Answers, leaveCopyDays: number | null): string[] => [
  ...(isGathered === true
    ? [
        'POST /v1/consolidations empties this account into the inbox of another: name it in `from`, and with `keep` nothing is deleted here.',
      ]
    : []),
  'POST /v1/pop/downloads sends what is there, deletes nothing, and ends with a receipt and a state.',
  ...(leaveCopyDays === 0
    ? [
        'POST /v1/pop/downloads/ack with the receipt deletes what has arrived, and nothing else. Send it when the messages are stored.',
      ]
    : [
        'The state, given as `since` the next time, brings what is new alone. Do not acknowledge: nothing is deleted then.',
      ]),
  ...(leaveCopyDays === null || leaveCopyDays === 0
    ? []
    : [
        `POST /v1/pop/prune with {"olderThanDays": ${leaveCopyDays}} deletes what is older, be it downloaded or not; try \`dryRun\` first.`,
      ]),
  ...(hasOwnBackup === true ? ['GET /v1/pop/export gives all that is on the server, in one file.'] : []),
];
