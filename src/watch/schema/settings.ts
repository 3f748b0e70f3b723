/**
 * What can be chosen of a subscription, when it is made and later?
 *
 * Whether it fits the account is judged behind it (`routes/settings-given.ts`).
 */
import { z } from '@hono/zod-openapi';
import { limits } from '../../core/limits.ts';
import { eventTypes } from '../event.ts';

const trueOrFalse = { message: 'Give true or false.' };
const bytesRemedy = { message: 'Give a whole number of octets.' };
const secondsRemedy = { message: `Give a whole number of seconds, at most ${limits.pollSecondsMost}.` };
const bodyRemedy = { message: `Give a whole number from 0 to ${limits.bodyIncludedBytes}.` };
const aSender = 'Give an address (ada@weaver.example), or a domain with its @ (@weaver.example).';

const flag = (description: string) => z.boolean(trueOrFalse).default(false).describe(description);
const bytes = z.int(bytesRemedy).min(0, bytesRemedy);
const seconds = z.int(secondsRemedy).min(1, secondsRemedy).max(limits.pollSecondsMost, secondsRemedy);

const include = z
  .strictObject(
    {
      text: flag('The message as plain text.'),
      html: flag('Its HTML, as sent: hostile until sanitized.'),
      headers: flag('All header fields, in order.'),
      attachments: flag('What attachments there are, each with its `url`. Never their octets.'),
      raw: flag(`The octets of the message in base64, if they are at most ${limits.rawIncludedBytes}.`),
      capsule: flag(
        'A capsule that reads this mailbox alone, for an hour at most, for the links of the event. Whoever gets the event may read the mailbox then.',
      ),
      maxBodyBytes: z
        .int(bodyRemedy)
        .min(0, bodyRemedy)
        .max(limits.bodyIncludedBytes, bodyRemedy)
        .default(limits.bodyIncludedBytesDefault)
        .describe('Cut `text` and `html` at this many octets each; `isTruncated` says when.'),
    },
    { message: 'Give an object, such as {"text": true}.' },
  )
  .describe(
    'What an event about a message holds besides what a listing shows. It is read when it is sent, and never stored.',
  );

/** All but `url` may be left out, or null, which is the same when a subscription is made; later null puts it back. */
export const settingsFields = {
  events: z
    .array(z.enum(eventTypes, { message: `Give types out of ${eventTypes.join(', ')}.` }), {
      message: 'List the types of events.',
    })
    .min(1, { message: 'Name a type of event, or leave it out for message.received.' })
    .max(eventTypes.length, { message: 'Name each type once.' })
    .nullish()
    .describe('What is told. Left out: `message.received`. `message.updated` is of IMAP alone.'),
  mailboxes: z
    .array(z.string({ message: 'Give the id of a mailbox, a role, or *.' }), { message: 'List the mailboxes.' })
    .min(1, { message: 'Name a mailbox, or leave it out for the inbox.' })
    .max(limits.subscriptionMailboxes, { message: `Name at most ${limits.subscriptionMailboxes} mailboxes.` })
    .nullish()
    .describe(
      'IMAP only: ids or roles; or `*` alone, for every mailbox but trash, junk, drafts, sent, and views of all mail. Left out: `inbox`.',
    ),
  q: z
    .string({ message: 'Give a text.' })
    .nullish()
    .describe('IMAP only: of new messages those alone that this search finds, as in a listing.')
    .openapi({ example: 'has:attachment -from:newsletter' }),
  from: z
    .array(z.string({ message: aSender }), { message: 'List addresses and domains.' })
    .max(limits.subscriptionSenders, { message: `Name at most ${limits.subscriptionSenders} senders.` })
    .nullish()
    .describe('Only messages from these: addresses, or domains with their @. Left out or empty: from anybody.')
    .openapi({ example: ['@weaver.example'] }),
  minBytes: bytes.nullish().describe('Only messages of so many octets or more.'),
  maxBytes: bytes.nullish().describe('Only messages of so many octets or fewer.'),
  includeOlder: z
    .boolean(trueOrFalse)
    .nullish()
    .describe(
      'Also messages that came to the server more than a day before the subscription was made, when they are put into a mailbox later. Left out: false, old mail never fires.',
    ),
  include: include.nullish(),
  pollSeconds: seconds
    .nullish()
    .describe(
      `How often the account is looked at, in seconds: from the operator’s least, usually 15, to ${limits.pollSecondsMost}. Left out: ${limits.pollSecondsDefault}.`,
    ),
  slowestPollSeconds: seconds.nullish().describe('Look less often while nothing happens, up to this. Left out: never.'),
  mode: z
    .enum(['poll', 'live'], { message: 'Give poll or live.' })
    .nullish()
    .describe(
      `\`live\`, IMAP only: a connection is kept open that the server tells its news by (IDLE), for ${limits.liveMailboxes} mailboxes at most; \`pollSeconds\` holds besides. Left out: \`poll\`.`,
    ),
  order: z
    .enum(['parallel', 'in-order'], { message: 'Give parallel or in-order.' })
    .nullish()
    .describe(
      '`in-order`: no event is sent before the one that came before it has arrived or was given up. Left out: `parallel`.',
    ),
};

export const urlField = z
  .string({ message: 'Give the URL that events are to be sent to.' })
  .max(limits.urlBytes, { message: `Give at most ${limits.urlBytes} characters.` })
  .describe(
    'Where events are sent: HTTPS, on a public address, port 443. Redirections are not followed. Whoever may see the subscription may see it.',
  )
  .openapi({ example: 'https://hooks.example.com/mail' });

export const secretField = z
  .string({ message: 'Give a text.' })
  .max(100, { message: 'Give whsec_ and the base64 of 24 to 64 octets.' })
  .optional()
  .openapi({
    format: 'password',
    writeOnly: true,
    description:
      'A signing secret of your own: `whsec_` and the base64 of 24 to 64 random octets. Left out: a new one is made.',
  });
