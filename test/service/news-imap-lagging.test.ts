/**
 * Is anything left out for ever where a server tells too little, or tells one thing here and another there?
 */
import { expect, it } from 'vitest';
import { limits } from '../../src/core/limits.ts';
import type { ImapServer } from '../support/imap-script.ts';
import { scriptedServers } from '../support/imap-script-stage.ts';
import { letter } from '../support/mail.ts';
import { newsStage, told } from '../support/news/follower.ts';

const news = newsStage();
const scripted = scriptedServers();

const received = { events: ['message.received', 'mailbox.reset'] } as const;

/** UIDNEXT of a mailbox: what SELECT says, and what STATUS says where that is something else; null for nothing. */
interface Counts {
  selected: number;
  status?: number | null;
}

/** Mailboxes without CONDSTORE. Each has the messages from UID 1 to its UIDNEXT. */
async function serve(mailboxes: Readonly<Record<string, Counts>>): Promise<ImapServer> {
  let selected: Counts = { selected: 1 };
  const server = await scripted({
    messages: [],
    answer: (command) => {
      const [, name = ''] = /^(?:STATUS|SELECT) "?([^" ]+)"?/.exec(command) ?? [];
      const counts = mailboxes[name] ?? { selected: 1 };
      if (command.startsWith('LIST')) {
        const lines = Object.keys(mailboxes).map((path) => `* LIST () "/" ${path}\r\n`);
        return `${lines.join('')}$ OK done\r\n`;
      }
      if (command.startsWith('STATUS')) {
        const { status = counts.selected } = counts;
        const next = status === null ? '' : ` UIDNEXT ${status}`;
        return `* STATUS ${name} (MESSAGES ${counts.selected - 1} UIDVALIDITY 7${next})\r\n$ OK done\r\n`;
      }
      if (command.startsWith('SELECT')) {
        selected = counts;
        const total = counts.selected - 1;
        return `* ${total} EXISTS\r\n* OK [UIDVALIDITY 7] ok\r\n* OK [UIDNEXT ${total + 1}] ok\r\n$ OK selected\r\n`;
      }
      const uids = Array.from({ length: selected.selected - 1 }, (_, index) => index + 1);
      if (command.startsWith('UID SEARCH')) return `* SEARCH ${uids.join(' ')}\r\n$ OK done\r\n`;
      const [, set] = /^UID FETCH (\S+) /.exec(command) ?? [];
      if (set === undefined) return undefined;
      const asked = set.includes(':') ? uids : uids.filter((uid) => set.split(',').includes(String(uid)));
      const { length } = letter('1');
      const lines = asked.map((uid) => `* ${uid} FETCH (UID ${uid} FLAGS () RFC822.SIZE ${length})\r\n`);
      return `${lines.join('')}$ OK done\r\n`;
    },
  });
  return server;
}

const more = limits.newsMailboxes + 5;
const many = (counts: Counts): Record<string, Counts> =>
  Object.fromEntries(Array.from({ length: more }, (_, index) => [`M${index}`, { ...counts }]));

it('a message that SELECT does not show yet when STATUS tells of it is told when it does', async () => {
  const mailboxes: Record<string, Counts> = { INBOX: { selected: 1 } };
  const server = await serve(mailboxes);
  const follower = await news.begun(server.caller(), { settings: received });
  mailboxes['INBOX'] = { selected: 1, status: 2 };
  expect(await news.drain(server.caller(), follower)).toEqual([]);
  mailboxes['INBOX'] = { selected: 2 };
  expect(told(await news.drain(server.caller(), follower))).toEqual(['received INBOX 1']);
});

it('what has come to the last of many mailboxes is told at once, when all of them have to be looked into each time', async () => {
  const mailboxes = many({ selected: 1 });
  const server = await serve(mailboxes);
  const settings = { events: ['message.received', 'message.updated'], mailboxes: ['*'] } as const;
  const follower = news.follower({ settings });
  for (const nowMs of [0, 0, 0]) await news.look(server.caller(), follower, { nowMs });
  mailboxes[`M${more - 1}`] = { selected: 2 };
  await news.look(server.caller(), follower, { nowMs: 0 });
  expect(told(follower.told)).toEqual([`received M${more - 1} 1`]);
});

it('each of many mailboxes has its turn where the server does not tell which of them have moved', async () => {
  const mailboxes = many({ selected: 1, status: null });
  const server = await serve(mailboxes);
  const follower = news.follower({ settings: { ...received, mailboxes: ['*'] } });
  for (const nowMs of [0, 0]) await news.look(server.caller(), follower, { nowMs });
  for (const counts of Object.values(mailboxes)) counts.selected = 2;
  for (const nowMs of [0, limits.newsMailboxes]) await news.look(server.caller(), follower, { nowMs });
  expect(new Set(told(follower.told))).toEqual(new Set(Object.keys(mailboxes).map((path) => `received ${path} 1`)));
});
