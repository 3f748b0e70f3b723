/**
 * Which new mail of a maildrop is a subscription told of, and what of its headers?
 */
import { Buffer } from 'node:buffer';
import { describe, expect, it } from 'vitest';
import { limits } from '../../src/core/limits.ts';
import { letter } from '../support/mail.ts';
import { lookStage } from '../support/maildrop-looks/looker.ts';
import { lookersOn, spool, spooled, uidlsIn } from '../support/maildrop-looks/maildrop.ts';
import { aged } from '../support/pop-aged.ts';
import { instead, type Spooled } from '../support/pop-script.ts';

const stage = lookStage();
const withLooker = lookersOn(stage);

describe('a header', () => {
  it('that is refused by itself keeps neither that message nor another from being told', async () => {
    const messages = spool('a');
    await withLooker(
      messages,
      async (looker) => {
        messages.push(...spool('b', 'c'));
        const [refused, other] = await looker.news();
        expect(refused?.data['message']).toEqual({ id: 'Yg', uidl: 'b', size: letter('b').length });
        expect(other?.data['message']).toMatchObject({ messageId: ['c@weaver.example'] });
      },
      { capabilities: ['TOP', 'UIDL', 'PIPELINING'], answer: instead('TOP 2', '-ERR damaged\r\n') },
    );
  });

  it('that is refused for now is asked for at the next look', async () => {
    const messages = spool('a');
    let isBusy = true;
    const answer = (line: string) => (isBusy && line.startsWith('TOP') ? '-ERR [SYS/TEMP] later\r\n' : undefined);
    await withLooker(
      messages,
      async (looker) => {
        messages.push(...spool('b'));
        await expect(looker.look()).rejects.toMatchObject({ failure: { kind: 'server-busy' } });
        isBusy = false;
        expect(uidlsIn(await looker.news())).toEqual(['b']);
      },
      { answer },
    );
  });

  it('of any length makes an event that can be stored, with whole fields', async () => {
    const messages = spool('a');
    const many = Array.from({ length: 40_000 }, (_, index) => `,\r\n b${index}@c.example`).join('');
    const bytes = Buffer.from(`Subject: long\r\nFrom: ada@postern.example\r\nTo: a@b.example${many}\r\n\r\nBody\r\n`);
    expect(bytes.length).toBeGreaterThan(limits.headerBytes);
    await withLooker(messages, async (looker) => {
      messages.push(spooled('b', bytes), ...spool('c'));
      const [long, other] = await looker.news();
      expect(long?.data['message']).toMatchObject({
        subject: 'long',
        from: [{ email: 'ada@postern.example' }],
        to: null,
        size: bytes.length,
      });
      expect(other?.data['message']).toMatchObject({ messageId: ['c@weaver.example'] });
    });
  });
});

describe('only what is asked for', () => {
  const from = (address: string, uidl: string, body = '') =>
    spooled(uidl, Buffer.from(`From: Somebody <${address}>\r\nSubject: x\r\n\r\n${body}\r\n`));

  it.each([
    [['grace@weaver.example'], 'a'],
    [['@weaver.example'], 'ab'],
    [['@weaver.example', 'eve@other.example'], 'abd'],
    [[], 'abcd'],
  ])('is told of mail from %j', async (senders, told) => {
    const messages: Spooled[] = [];
    await withLooker(
      messages,
      async (looker) => {
        messages.push(
          from('Grace@Weaver.example', 'a'),
          from('ada@weaver.example', 'b'),
          from('ada@not-weaver.example', 'c'),
          from('eve@other.example', 'd'),
        );
        expect(uidlsIn(await looker.news()).join('')).toBe(told);
      },
      { settings: { from: senders } },
    );
  });

  it('is told of mail of a size, and no other header is read', async () => {
    const messages: Spooled[] = [];
    await withLooker(
      messages,
      async (looker, server) => {
        for (const size of [99, 100, 200, 201])
          messages.push(spooled(`s${size}`, Buffer.from(`A: b\r\n\r\n${'x'.repeat(size - 10)}\r\n`)));
        expect(messages.map(({ bytes }) => bytes.length)).toEqual([99, 100, 200, 201]);
        expect(uidlsIn(await looker.news())).toEqual(['s100', 's200']);
        expect(server.commands.filter((line) => line.startsWith('TOP'))).toEqual(['TOP 2 0', 'TOP 3 0']);
      },
      { settings: { minBytes: 100, maxBytes: 200 } },
    );
  });
});

describe('mail that was received long before the subscription began, and is put here now', () => {
  const messages = () => [
    spooled('late', aged('late', { received: 0.5, date: 3 })),
    spooled('undated', aged('undated', { date: 30 })),
    spooled('old', aged('old', { received: 3, date: 0 })),
  ];

  it.each([
    [false, ['late', 'undated']],
    [true, ['late', 'undated', 'old']],
  ])('counts as new if includeOlder is true: %j', async (includeOlder, told) => {
    const there = spool('a');
    await withLooker(
      there,
      async (looker) => {
        there.push(...messages());
        expect(uidlsIn(await looker.news())).toEqual(told);
      },
      { settings: { includeOlder } },
    );
  });

  it('counts as new if it has come since a state that was given', async () => {
    const there = spool('a');
    await withLooker(there, async (before, server) => {
      there.push(...messages());
      const looker = stage.looker(server.caller());
      // Behind the version, the time and the sign that there is nothing to catch up with.
      looker.since = Buffer.from(before.known ?? '', 'base64url')
        .subarray(8)
        .toString('base64url');
      expect(uidlsIn(await looker.news({ mostEvents: 2 }))).toEqual(['late', 'undated', 'old']);
      there.push(spooled('older', aged('older', { received: 4 })), ...spool('b'));
      expect(uidlsIn(await looker.news())).toEqual(['b']);
    });
  });
});
