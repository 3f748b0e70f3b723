import { Buffer } from 'node:buffer';
import { describe, expect, it } from 'vitest';
import { limits } from '../../src/core/limits.ts';
import { payloadOf, type Read } from '../../src/watch/delivery/payload.ts';
import type { WatchEvent } from '../../src/watch/event.ts';
import { eventBodies, eventExamples } from '../../src/watch/schema/event-body.ts';
import { type Include, nothingIncluded } from '../../src/watch/subscription.ts';

const sender = {
  id: 'sub_1',
  account: {
    server: { protocol: 'imap', host: 'imap.postern.example', port: 993, security: 'tls' },
    user: 'ada@postern.example',
  },
  origin: 'https://postern.example.com',
} as const;

const all: Include = { ...nothingIncluded, text: true, html: true, headers: true, attachments: true, raw: true };

const summary = { id: '7.42', size: 4711, subject: 'A letter', keywords: {} };
const received: WatchEvent = {
  id: 'evt_1',
  type: 'message.received',
  atMs: Date.UTC(2026, 10, 16, 8, 30),
  data: { mailboxId: 'mb_SU5CT1g', message: summary },
  ref: null,
};
const read = {
  ...summary,
  keywords: { $seen: true },
  text: 'Hello',
  isTextDerived: false,
  isSigned: false,
  isEncrypted: false,
  html: '<p>Hello</p>',
  cidLinks: [],
  isTruncated: false,
  isEncodingProblem: false,
  headers: [{ name: 'Subject', value: 'A letter' }],
  attachments: [
    {
      partId: '2',
      type: 'text/plain',
      charset: 'utf-8',
      name: 'a/b.txt',
      size: 4,
      disposition: 'attachment',
      cid: null,
      kind: null,
      message: null,
    },
  ],
  raw: 'U3ViamVjdDogQSBsZXR0ZXI=',
};

const unasked: Read = { kind: 'unasked' };
const sent = (include: Include, reading: Read, event = received, access = null) =>
  eventBodies[event.type].parse(JSON.parse(payloadOf(sender, include, event, reading, access)));

describe('an event about a message', () => {
  const path = 'https://postern.example.com/v1/imap/mailboxes/mb_SU5CT1g/messages/7.42';

  it('says whose it is, what a listing shows, and where the rest is', () => {
    expect(sent(nothingIncluded, unasked)).toEqual({
      type: 'message.received',
      timestamp: '2026-11-16T08:30:00.000Z',
      data: {
        subscriptionId: 'sub_1',
        account: {
          protocol: 'imap',
          user: 'ada@postern.example',
          server: { host: 'imap.postern.example', port: 993, security: 'tls' },
        },
        mailboxId: 'mb_SU5CT1g',
        message: { ...summary, url: path, rawUrl: `${path}/raw` },
      },
    });
  });

  it('holds what is asked for, and the rest as it was noticed', () => {
    const body = sent({ ...nothingIncluded, text: true, attachments: true }, { kind: 'read', message: read });
    const { text, isTextDerived, isSigned, isEncrypted, isTruncated, isEncodingProblem } = read;
    const strings = { text, isTextDerived, isSigned, isEncrypted, isTruncated, isEncodingProblem };
    const attachments = read.attachments.map((part) => ({ ...part, url: `${path}/parts/2` }));
    expect(body.data).toMatchObject({ message: { ...summary, ...strings, attachments } });
    expect(body.data).not.toHaveProperty('message.html');
    expect(body.data).not.toHaveProperty('message.raw');
    expect(body.data).not.toHaveProperty('leftOut');
  });

  it('says what the message is when that was too large to be kept', () => {
    const event = { ...received, data: { ...received.data, message: { id: summary.id } } };
    const { data } = sent({ ...nothingIncluded, text: true }, { kind: 'read', message: read }, event);
    expect(data).toMatchObject({ message: { ...summary, keywords: { $seen: true }, text: 'Hello' } });
    expect(data).not.toHaveProperty('message.html');
    expect(sent(all, { kind: 'unread' }, event).data).toMatchObject({ message: { id: summary.id } });
  });

  it('says that the message is gone, and is what it was', () => {
    const { data } = sent(all, { kind: 'gone' });
    expect(data).toMatchObject({ isMessageGone: true, message: summary });
    expect(data).not.toHaveProperty('leftOut');
  });

  it('says what could not be read', () => {
    expect(sent(all, { kind: 'unread' }).data).toMatchObject({
      leftOut: ['raw', 'html', 'headers', 'text', 'attachments'],
      message: summary,
    });
  });

  it('says nothing of a raw message that is too large but that it is', () => {
    const { data } = sent(all, { kind: 'read', message: { ...read, raw: null } });
    expect(data).toMatchObject({ message: { raw: null } });
    expect(data).not.toHaveProperty('leftOut');
  });

  it('leaves out what makes it too large, the largest first, and says so', () => {
    const bytes = limits.deliveryBytes / 2;
    const headers = [{ name: 'X-Long', value: 'x'.repeat(bytes) }];
    const raw = { ...read, raw: 'x'.repeat(bytes), headers };
    expect(sent(all, { kind: 'read', message: raw }).data).toMatchObject({ leftOut: ['raw'], message: { headers } });
    // Control characters are six octets each in JSON.
    const html = { ...raw, html: '\u0001'.repeat(bytes / 3) };
    const { data } = sent(all, { kind: 'read', message: html });
    expect(data).toMatchObject({ leftOut: ['raw', 'html'], message: { text: 'Hello', headers } });
    const text = { ...read, text: '\u0001'.repeat(bytes) };
    const least = payloadOf(sender, all, received, { kind: 'read', message: text }, null);
    expect(JSON.parse(least).data).toMatchObject({ leftOut: ['raw', 'html', 'headers', 'text'] });
    expect(Buffer.byteLength(least)).toBeLessThanOrEqual(limits.deliveryBytes);
  });

  it('brings a capsule along beside its links, in none of them', () => {
    const access = { token: 'pstn_secret', expiresAt: '2026-11-16T09:30:00.000Z' };
    const body = payloadOf(sender, nothingIncluded, received, unasked, access);
    expect(JSON.parse(body).data.access).toEqual(access);
    expect(body.split('pstn_secret')).toHaveLength(2);
  });
});

it('a message that is gone has no links', () => {
  const event = { ...received, type: 'message.deleted', data: { mailboxId: 'mb_x', message: { id: '7.42' } } } as const;
  expect(sent(all, unasked, event).data).toMatchObject({ message: { id: '7.42' } });
  expect(payloadOf(sender, all, event, unasked, null)).not.toContain('https://');
});

it('a message of a maildrop is read where maildrops are', () => {
  const server = { ...sender.account.server, protocol: 'pop3' } as const;
  const maildrop = { ...sender, account: { ...sender.account, server } };
  const event = { ...received, data: { message: { id: 'a/b?c' } } };
  expect(JSON.parse(payloadOf(maildrop, nothingIncluded, event, unasked, null)).data.message.url).toBe(
    'https://postern.example.com/v1/pop/messages/a%2Fb%3Fc',
  );
});

it.each(['mailbox.reset', 'account.failed', 'account.recovered'] as const)('%s says what it has to say', (type) => {
  const { data, timestamp } = eventExamples[type];
  const { subscriptionId: _id, account: _account, ...own } = data;
  const event = { id: 'evt_1', type, atMs: Date.parse(timestamp), data: own, ref: null };
  expect(sent(all, unasked, event).data).toMatchObject(own);
});
