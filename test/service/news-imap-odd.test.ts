/**
 * What is told of new mail when the server counts in a way of its own?
 */
import { expect, it } from 'vitest';
import { mailboxIdOf } from '../../src/mailbox/rules.ts';
import type { ImapScript, ImapServer } from '../support/imap-script.ts';
import { scriptedServers } from '../support/imap-script-stage.ts';
import { letter } from '../support/mail.ts';
import { newsStage, told } from '../support/news/follower.ts';

const news = newsStage();
const scripted = scriptedServers();

const received = { events: ['message.received', 'mailbox.reset'] } as const;

/** What the server says of its INBOX; null for what it keeps to itself. */
interface Counts {
  uidValidity: number;
  uidNext: number | null;
  /** In the answer to SELECT, when it differs. */
  selectedValidity?: number;
}

/** INBOX with these messages, from UID 1 on. */
async function serve(counts: Counts, messages: readonly Uint8Array[], script: ImapScript = {}): Promise<ImapServer> {
  const server: ImapServer = await scripted({
    ...script,
    messages,
    answer: (command, socket) => {
      const own = script.answer?.(command, socket);
      if (own !== undefined) return own;
      const { uidValidity, uidNext, selectedValidity = uidValidity } = counts;
      const uids = server.inbox.map(({ uid }) => uid);
      const next = uidNext === null ? '' : `* OK [UIDNEXT ${uidNext}] next\r\n`;
      if (command.startsWith('STATUS')) {
        const told = uidNext === null ? '' : ` UIDNEXT ${uidNext}`;
        return `* STATUS INBOX (MESSAGES ${uids.length} UIDVALIDITY ${uidValidity}${told})\r\n$ OK done\r\n`;
      }
      if (command.startsWith('SELECT'))
        return `* ${uids.length} EXISTS\r\n* OK [UIDVALIDITY ${selectedValidity}] ok\r\n${next}$ OK [READ-WRITE] selected\r\n`;
      const [, from, to] = /^UID SEARCH UID (\d+)(:\*)?$/.exec(command) ?? [];
      if (from === undefined)
        return command === 'UID SEARCH ALL' ? `* SEARCH ${uids.join(' ')}\r\n$ OK\r\n` : undefined;
      // `*` is the last message, and so there is always one.
      const low = to === undefined ? Number(from) : Math.min(Number(from), uids.at(-1) ?? 0);
      const high = to === undefined ? Number(from) : Math.max(Number(from), uids.at(-1) ?? 0);
      return `* SEARCH ${uids.filter((uid) => uid >= low && uid <= high).join(' ')}\r\n$ OK done\r\n`;
    },
  });
  return server;
}

const arrive = (server: ImapServer, uid: number): void => {
  server.inbox.push({ uid, bytes: letter(`${uid}`), flags: new Set() });
};

it('goes by the highest UID that there is where the server does not tell the next', async () => {
  const counts: Counts = { uidValidity: 7, uidNext: null };
  const server = await serve(counts, [letter('1'), letter('2')]);
  const follower = await news.begun(server.caller(), { settings: received });
  expect(await news.look(server.caller(), follower)).toMatchObject({ events: [], isSameKnown: true });
  arrive(server, 9);
  await news.drain(server.caller(), follower);
  expect(await news.look(server.caller(), follower)).toMatchObject({ events: [], isSameKnown: true });
  expect(told(follower.told)).toEqual(['received INBOX 9']);
});

it('does not take the last message for a new one when the newest is gone', async () => {
  const counts: Counts = { uidValidity: 7, uidNext: 3 };
  const server = await serve(counts, [letter('1'), letter('2')]);
  const follower = await news.begun(server.caller(), { settings: received });
  counts.uidNext = 5;
  expect(await news.drain(server.caller(), follower)).toEqual([]);
  arrive(server, 5);
  counts.uidNext = 6;
  expect(told(await news.drain(server.caller(), follower))).toEqual(['received INBOX 5']);
});

it('is told to begin anew when the mailbox is numbered anew, between two looks or in one, and tells nothing twice', async () => {
  const counts: Counts = { uidValidity: 7, uidNext: 3 };
  const server = await serve(counts, [letter('1'), letter('2')]);
  const follower = await news.begun(server.caller(), { settings: received });
  counts.uidValidity = 8;
  await news.drain(server.caller(), follower);
  Object.assign(counts, { uidNext: 4, selectedValidity: 9 });
  await news.drain(server.caller(), follower);
  Object.assign(counts, { uidValidity: 9, uidNext: 5 });
  arrive(server, 4);
  await news.drain(server.caller(), follower);
  expect(told(follower.told)).toEqual([
    'reset uidvalidity-changed INBOX',
    'reset uidvalidity-changed INBOX',
    'received INBOX 4',
  ]);
  expect(new Set(follower.told.map(({ id }) => id)).size).toBe(3);
});

it('begins anew, and says so, when the server has lost count', async () => {
  const counts: Counts = { uidValidity: 7, uidNext: 300 };
  const server = await serve(counts, [letter('1'), letter('2')]);
  const follower = await news.begun(server.caller(), { settings: received });
  counts.uidNext = 3;
  await news.drain(server.caller(), follower);
  arrive(server, 3);
  counts.uidNext = 4;
  await news.drain(server.caller(), follower);
  expect(told(follower.told)).toEqual(['reset state-lost INBOX', 'received INBOX 3']);
});

it('cannot begin where the server does not say which messages its numbers are of', async () => {
  const server = await serve({ uidValidity: 0, uidNext: 3 }, [letter('1')]);
  const follower = news.follower({ settings: received });
  expect(await news.failure(server.caller(), follower)).toMatchObject({ kind: 'unsupported-by-server' });
});

it('tells of a message that nobody can read what can be told of it', async () => {
  const counts: Counts = { uidValidity: 7, uidNext: 1 };
  const server = await serve(counts, [], {
    answer: (command) => {
      if (!command.startsWith('UID FETCH')) return undefined;
      // A structure that takes its line along, and a message of which nothing is told at all.
      if (command.startsWith('UID FETCH 2')) return '$ OK done\r\n';
      return command.includes('BODYSTRUCTURE') ? '* 1 FETCH (UID 1 BODYSTRUCTURE (((("x)\r\n$ OK done\r\n' : undefined;
    },
  });
  const follower = await news.begun(server.caller(), { settings: received });
  for (const uid of [1, 2]) {
    arrive(server, uid);
    counts.uidNext = uid + 1;
    await news.drain(server.caller(), follower);
  }
  expect(told(follower.told)).toEqual(['received INBOX 1', 'received INBOX 2']);
  const [first, second] = follower.told.map(({ data }) => data['message']);
  expect(first).toMatchObject({ id: '7.1', size: letter('1').length, from: [{ email: 'grace@weaver.example' }] });
  expect(second).toEqual({ id: '7.2', mailboxIds: { [mailboxIdOf('INBOX')]: true } });
});

it('goes on for the others when one asks for what the server cannot find', async () => {
  const counts: Counts = { uidValidity: 7, uidNext: 1 };
  const server = await serve(counts, [], {
    answer: (command) => (/^UID SEARCH .*SUBJECT/.test(command) ? '$ NO [CANNOT] no such search\r\n' : undefined),
  });
  const plain = await news.begun(server.caller(), { settings: received });
  const searching = await news.begun(server.caller(), { settings: { ...received, q: 'subject:1' } });
  arrive(server, 1);
  counts.uidNext = 2;
  const outcomes = await news.lookTogether(server.caller(), [searching, plain]);
  expect(outcomes).toMatchObject([{ ok: false, failure: { kind: 'unsupported-by-server' } }, { ok: true }]);
  expect(told(plain.told)).toEqual(['received INBOX 1']);
});

it('of all of Gmail tells by label, and of no view of what lies elsewhere', async () => {
  const lines = [
    '() "/" INBOX',
    '() "/" Work',
    '(\\NoSelect) "/" [Gmail]',
    ...['All', 'Drafts', 'Sent', 'Junk', 'Trash', 'Flagged', 'Important'].map(
      (flag) => `(\\${flag}) "/" [Gmail]/${flag}`,
    ),
  ];
  const uidNext: Record<string, number> = {};
  const server = await serve({ uidValidity: 7, uidNext: 1 }, [letter('1'), letter('2')], {
    capabilities: ['X-GM-EXT-1', 'CONDSTORE', 'SPECIAL-USE'],
    answer: (command) => {
      const [, mailbox = ''] = /^(?:STATUS|SELECT) "?([^" ]+)"?/.exec(command) ?? [];
      if (command.startsWith('LIST')) return `${lines.map((line) => `* LIST ${line}\r\n`).join('')}$ OK done\r\n`;
      if (command.startsWith('STATUS')) {
        const next = uidNext[mailbox] ?? 1;
        return `* STATUS ${mailbox} (MESSAGES 1 UIDVALIDITY 7 UIDNEXT ${next})\r\n$ OK done\r\n`;
      }
      if (command.startsWith('SELECT'))
        return `* 2 EXISTS\r\n* OK [UIDVALIDITY 7] ok\r\n* OK [UIDNEXT ${uidNext[mailbox] ?? 1}] ok\r\n$ OK done\r\n`;
      return undefined;
    },
  });
  const follower = await news.begun(server.caller(), { settings: { ...received, mailboxes: ['*'] } });
  const asked = server.commands.flatMap((command) => /^STATUS "?([^" ]+)/.exec(command)?.[1] ?? []);
  expect(new Set(asked)).toEqual(new Set(['INBOX', 'Work']));
  Object.assign(uidNext, { INBOX: 2, Work: 3, '[Gmail]/All': 9, '[Gmail]/Important': 9 });
  await news.drain(server.caller(), follower);
  expect(told(follower.told)).toEqual(['received INBOX 1', 'received Work 1', 'received Work 2']);
});

it('leaves a mailbox alone that is listed and may not be read', async () => {
  const server = await serve({ uidValidity: 7, uidNext: 1 }, [], {
    answer: (command) => {
      if (command.startsWith('LIST')) return '* LIST () "/" INBOX\r\n* LIST () "/" Secret\r\n$ OK done\r\n';
      return /^(STATUS|SELECT) "Secret"/.test(command) ? '$ NO [NOPERM] not you\r\n' : undefined;
    },
  });
  const follower = await news.begun(server.caller(), { settings: { ...received, mailboxes: ['*'] } });
  const before = server.commands.length;
  expect(await news.look(server.caller(), follower)).toMatchObject({ events: [], isSameKnown: true });
  expect(server.commands.slice(before).filter((command) => command.startsWith('SELECT'))).toEqual([]);
});
