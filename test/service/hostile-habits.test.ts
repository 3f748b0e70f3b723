/**
 * Do the main flows work on servers with the habits of Gmail, Outlook.com, Yahoo, iCloud and others, and are their refusals
 * understood?
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AcknowledgedSchema } from '../../src/maildrop/schema/download.ts';
import { downloaded } from '../support/pop-client.ts';
import { type Postern, startPostern } from '../support/postern.ts';
import { outcomeOf } from '../support/transcript-calls.ts';
import { mixedTranscriptsOf, played, withstand } from '../support/transcript-stage.ts';

let postern: Postern;
beforeAll(async () => {
  postern = await startPostern({});
});
afterAll(() => postern.stop());

const vendors = mixedTranscriptsOf('vendors');

describe('lists, pages, reads, marks and removes at', () => {
  const flow = {
    page: '200 3, 2, 1',
    second: '200 2',
    message: '200 This is 2.',
    raw: '200 whole',
    part: '200 This is 2.',
    seen: '200 $seen',
    trash: '200 1000.70',
  };

  it.each(vendors.filter(({ protocol }) => protocol === 'imap'))('$name', async (transcript) => {
    await played(transcript, async ({ caller }) => {
      expect((await outcomeOf(postern, 'imap', 'mailboxes', caller)).told).toContain('INBOX');
      const outcomes: Record<string, string> = {};
      for (const call of Object.keys(flow)) outcomes[call] = (await outcomeOf(postern, 'imap', call, caller)).told;
      expect(outcomes).toEqual(flow);
    });
  });
});

describe('lists, reads without a trace, downloads and acknowledges at', () => {
  const lacksTop = (name: string): boolean => name.includes('minimum');

  it.each(vendors.filter(({ protocol }) => protocol === 'pop3'))('$name', async ({ name, ...transcript }) => {
    await played({ name, ...transcript }, async ({ caller, server, usual }) => {
      const outcomes: Record<string, string> = {};
      for (const call of ['page', 'headers', 'message', 'raw', 'part']) {
        outcomes[call] = (await outcomeOf(postern, 'pop3', call, caller)).told;
      }
      expect(outcomes).toEqual({
        page: '200 a, b, c',
        headers: lacksTop(name) ? 'unsupported-by-server' : '200 a, b, c',
        message: '200 This is b.',
        raw: '200 whole',
        part: '200 This is b.',
      });
      // RETR and QUIT together make Gmail hide a message.
      expect(server.commands.filter((command) => command === 'QUIT')).toEqual([]);
      const { messages, receipt } = await downloaded(postern, caller);
      expect(messages.map(({ uidl }) => uidl)).toEqual(['a', 'b', 'c']);
      expect(usual.left()).toEqual(['a', 'b', 'c']);
      const body = { receipt: receipt?.receipt };
      const answer = await postern.json(AcknowledgedSchema, caller, '/v1/pop/downloads/ack', { body });
      expect([answer, usual.left()]).toEqual([{ deleted: 3, alreadyGone: 0, notDeleted: [] }, []]);
    });
  });
});

it.each(mixedTranscriptsOf('vendor-refusals'))('$name', async (transcript) => {
  await withstand(postern, transcript);
});
