/**
 * What is new in a maildrop whose server, or whose mail, is peculiar?
 */
import { randomInt } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { MaildropEventMessage } from '../../src/watch/schema/event-message.ts';
import { letter } from '../support/mail.ts';
import { lookStage } from '../support/maildrop-looks/looker.ts';
import { lookersOn, spool, spooled, typesIn, uidlsIn } from '../support/maildrop-looks/maildrop.ts';
import { aged } from '../support/pop-aged.ts';
import { instead, withPopServer } from '../support/pop-script.ts';
import { seeded } from '../support/random.ts';
import { randomUidls } from '../support/uidls.ts';

const stage = lookStage();
const withLooker = lookersOn(stage);

it('ends without QUIT, and reads by TOP with no line of a body', async () => {
  const messages = spool('a');
  await withLooker(messages, async (looker, server) => {
    messages.push(...spool('b', 'c'));
    expect(uidlsIn(await looker.news())).toEqual(['b', 'c']);
    expect(server.commands.filter((line) => /^(TOP|RETR|DELE|QUIT)/.test(line))).toEqual(['TOP 2 0', 'TOP 3 0']);
  });
});

it('tells of more than fits into one look in several, each once and in order', async () => {
  const messages = spool('a');
  await withLooker(messages, async (looker) => {
    messages.push(...spool('b', 'c', 'd', 'e', 'f'));
    const first = await looker.look({ mostEvents: 2 });
    expect(first.hasMore).toBe(true);
    messages.push(...spool('g'));
    expect([...uidlsIn(first.events), ...uidlsIn(await looker.news({ mostEvents: 2 }))].join('')).toBe('bcdefg');
  });
});

it('keeps what has gone and is not told yet', async () => {
  const messages = spool('a', 'b', 'c', 'd');
  const settings = { events: ['message.received', 'message.deleted'] } as const;
  await withLooker(
    messages,
    async (looker) => {
      messages.splice(0, 3);
      messages.push(...spool('e', 'f'));
      expect(uidlsIn(await looker.news({ mostEvents: 2 }))).toEqual(['a', 'b', 'c', 'e', 'f']);
    },
    { settings },
  );
});

it('says that the maildrop is locked, and finds the message at the next look', async () => {
  const messages = spool('a');
  let isLocked = false;
  const answer = (line: string) => (isLocked && line.startsWith('PASS') ? '-ERR [IN-USE] locked\r\n' : undefined);
  await withLooker(
    messages,
    async (looker) => {
      messages.push(...spool('b'));
      isLocked = true;
      await expect(looker.look()).rejects.toMatchObject({ failure: { kind: 'maildrop-locked' } });
      isLocked = false;
      expect(uidlsIn(await looker.news())).toEqual(['b']);
    },
    { answer },
  );
});

describe('several messages with one UIDL', () => {
  const settings = { events: ['message.received', 'message.deleted'] } as const;

  it('are told once each, whatever they are called since', async () => {
    const messages = spool('a', 'b');
    await withLooker(
      messages,
      async (looker) => {
        messages.push(spooled('b', letter('second')));
        expect(uidlsIn(await looker.news())).toEqual(['b 2.2']);
        messages.push(spooled('b', letter('third')), spooled('c'));
        expect(uidlsIn(await looker.news())).toEqual(['b 3.3', 'c']);
      },
      { settings },
    );
  });

  it('are told to be gone as often as one of them is', async () => {
    const messages = spool('a', 'b', 'b', 'b');
    await withLooker(
      messages,
      async (looker) => {
        messages.pop();
        expect(typesIn(await looker.news())).toEqual(['message.deleted']);
        messages.splice(1, 2);
        expect(typesIn(await looker.news())).toEqual(['message.deleted', 'message.deleted']);
        expect(await looker.news()).toEqual([]);
      },
      { settings },
    );
  });

  it('are told once each when there is no room for all of them in one look', async () => {
    const messages = spool('a', 'b');
    await withLooker(messages, async (looker) => {
      messages.push(spooled('b', letter('second')), spooled('b', letter('third')));
      expect(uidlsIn(await looker.news({ mostEvents: 1 }))).toEqual(['b 2.3', 'b 3.3']);
    });
  });
});

it('tells of what it had no room for before all names were changed', async () => {
  const messages = ['a', 'b', 'c'].map((uidl) => spooled(uidl, aged(uidl, { received: 9 })));
  await withPopServer({ messages }, async (server) => {
    const looker = stage.looker(server.caller());
    const nowMs = Date.now();
    await looker.look({ nowMs: nowMs - 2 * 60 * 60_000 });
    messages.push(...['d', 'e'].map((uidl) => spooled(uidl, aged(uidl, { received: 1 / 24 }))));
    expect(uidlsIn((await looker.look({ nowMs, mostEvents: 1 })).events)).toEqual(['d']);
    for (const [index, { uidl, bytes }] of messages.entries()) messages[index] = { uidl: `renamed-${uidl}`, bytes };
    const [reset, ...others] = await looker.news({ nowMs });
    expect(reset).toMatchObject({ type: 'mailbox.reset' });
    expect(uidlsIn(others)).toContain('renamed-e');
  });
});

describe('without UIDL', () => {
  it('tells what is new by what stands for it', async () => {
    const messages = spool('a', 'b');
    await withLooker(
      messages,
      async (looker) => {
        messages.shift();
        messages.push(...spool('c'));
        const [event, ...others] = await looker.news();
        expect(others).toEqual([]);
        expect(event?.data['message']).toMatchObject({ uidl: null, messageId: ['c@weaver.example'] });
      },
      { answer: instead('UIDL', '-ERR unknown command\r\n') },
    );
  });
});

describe('without TOP', () => {
  const answer = instead('TOP', '-ERR unknown command\r\n');

  it('tells of a message what is known without it', async () => {
    const messages = spool('a');
    await withLooker(
      messages,
      async (looker) => {
        messages.push(...spool('b'));
        const [event] = await looker.news();
        expect(event?.data['message']).toEqual({ id: 'Yg', uidl: 'b', size: letter('b').length });
      },
      { answer },
    );
  });

  it('does not guess who has sent it', async () => {
    const messages = spool();
    await withLooker(
      messages,
      async (looker) => {
        messages.push(...spool('b'));
        await expect(looker.look()).rejects.toMatchObject({
          failure: { kind: 'unsupported-by-server', feature: 'TOP' },
        });
      },
      { answer, settings: { from: ['grace@weaver.example'] } },
    );
  });

  it('takes as many others as there were for the same under other names', async () => {
    const messages = spool('a', 'b', 'c');
    await withLooker(
      messages,
      async (looker) => {
        messages.splice(0, 3, ...spool('x', 'y', 'z'));
        expect(await looker.news()).toMatchObject([{ type: 'mailbox.reset', data: { reason: 'uidvalidity-changed' } }]);
      },
      { answer },
    );
  });
});

describe('a state that nothing can be told from', () => {
  it('is refused when it was given to begin with', async () => {
    await withPopServer({ messages: spool('a') }, async (server) => {
      const looker = stage.looker(server.caller());
      looker.since = Buffer.from([99, 1, 2]).toString('base64url');
      await expect(looker.look()).rejects.toMatchObject({ failure: { kind: 'state-gone' } });
    });
  });

  it('makes one reset, and then what comes is told again', async () => {
    const messages = spool('a', 'b');
    await withLooker(messages, async (looker) => {
      looker.known = Buffer.from([99, 1, 2]).toString('base64url');
      const { events } = await looker.look();
      expect(events).toMatchObject([{ type: 'mailbox.reset', data: { reason: 'state-lost' } }]);
      messages.push(...spool('c'));
      expect(uidlsIn(await looker.news())).toEqual(['c']);
    });
  });

  it('makes one reset where thousands of random names are replaced, and tells what is younger than the last look', async () => {
    const names = randomUidls['MD5 of the message'](seeded(7), 6_000);
    const old = aged('old', { received: 2 });
    const messages = names.slice(0, 3_000).map((uidl) => spooled(uidl, old));
    await withLooker(
      messages,
      async (looker) => {
        messages.splice(0, 3_000, ...names.slice(3_000).map((uidl) => spooled(uidl, old)));
        messages.push(spooled('young', aged('young', { received: 0 })));
        const [reset, ...others] = await looker.news();
        expect(reset).toMatchObject({ type: 'mailbox.reset' });
        expect(uidlsIn(others)).toEqual(['young']);
      },
      { capabilities: ['TOP', 'UIDL', 'PIPELINING'] },
    );
  });

  it('is told to nobody who did not ask for it', async () => {
    const messages = spool('a');
    await withLooker(
      messages,
      async (looker) => {
        looker.known = Buffer.from([99]).toString('base64url');
        expect(await looker.news()).toEqual([]);
      },
      { settings: { events: ['message.received'] } },
    );
  });
});

const seed = Number(process.env['NEWS_SEED'] ?? randomInt(2 ** 31));

it(`tells each message that comes exactly once, and none that goes before a look, whatever happens (NEWS_SEED=${seed})`, async () => {
  const random = seeded(seed);
  const messages = spool('old1', 'old2');
  const due: string[] = [];
  let told: string[] = [];
  let count = 0;
  await withLooker(
    messages,
    async (looker) => {
      for (let step = 0; step < 60; step++) {
        const names = Array.from({ length: random.below(4) }, () => `m${++count}`);
        messages.push(...names.map((name) => spooled(name, aged(name, { received: 0 }))));
        if (random.below(5) < 2) messages.splice(random.below(messages.length), 1 + random.below(3));
        const nowMs = Date.now();
        const mostEvents = 1 + random.below(3);
        // What is found and not stored is found again.
        if (random.below(3) === 0) await looker.look({ nowMs, mostEvents, isStored: false });
        const { events, hasMore } = await looker.look({ nowMs, mostEvents });
        expect(events.length).toBeLessThanOrEqual(mostEvents);
        told = [...told, ...uidlsIn(events).map(String)];
        if (hasMore) continue;
        for (const { uidl } of messages) if (uidl.startsWith('m') && !due.includes(uidl)) due.push(uidl);
        expect(due.filter((uidl) => !told.includes(uidl))).toEqual([]);
      }
      expect(new Set(told).size).toBe(told.length);
      expect(told.filter((uidl) => uidl.startsWith('old'))).toEqual([]);
      expect(told.length).toBeGreaterThan(20);
    },
    { capabilities: ['TOP', 'UIDL', 'PIPELINING'] },
  );
});

it('shows messages in the shape that the contract has for them', async () => {
  const messages = spool('a');
  await withLooker(messages, async (looker) => {
    messages.push(...spool('b'));
    const [event] = await looker.news();
    expect(() => MaildropEventMessage.parse(event?.data['message'])).not.toThrow();
  });
});
