/**
 * Who wrote what to whom, when, and as a reply to what?
 *
 * A Letter is one mail as our texts describe it; `post` turns it into the message that lies in a mailbox. Times are told
 * as days before the demo's day, so that the mailbox is always recent and the same bytes come out all day long.
 */
import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';
import { type Entity, entityBytes } from './compose.ts';
import { addresses, dateText, type Group, type Header, headerText, type Person } from './headers.ts';
import { ada } from './people.ts';

export type DemoFlag = '\\Seen' | '\\Flagged' | '\\Answered' | '\\Draft';

export interface DemoMessage {
  /** Path, '/'-separated: 'INBOX', 'Projekte/Büro'. */
  readonly mailbox: string;
  readonly flags: readonly DemoFlag[];
  readonly receivedAt: Date;
  /** The message as a server stores it; lines end in CRLF. */
  readonly bytes: Uint8Array;
}

export interface Letter {
  /** Left half of the Message-ID; the right half is the sender's domain. */
  readonly id: string;
  /** At least 1, so nothing lies in the future. */
  readonly daysAgo: number;
  /** 'HH:MM', UTC. */
  readonly time: string;
  readonly zone?: string;
  readonly mailbox?: string;
  readonly flags?: readonly DemoFlag[];
  readonly from: Person;
  readonly to?: readonly (Person | Group)[];
  readonly cc?: readonly (Person | Group)[];
  /** Text, or encoded words made already. */
  readonly subject?: string;
  /** Message-IDs from the thread's root to the message that this one answers. */
  readonly references?: readonly string[];
  readonly returnPath?: string;
  readonly extra?: readonly Header[];
  /** None: the message ends with its headers. */
  readonly content?: Entity;
}

const DAY_MS = 86_400_000;
const DELIVERY_MS = 3_000;

/** Midnight (UTC) of the day that the demo is made on. */
export function demoDay(now: Date): Date {
  return new Date(Math.floor(now.getTime() / DAY_MS) * DAY_MS);
}

export function sentAt(letter: Pick<Letter, 'daysAgo' | 'time'>, day: Date): Date {
  const [hours, minutes] = letter.time.split(':');
  const timeOfDayMs = (Number(hours) * 60 + Number(minutes)) * 60_000;
  return new Date(day.getTime() - letter.daysAgo * DAY_MS + timeOfDayMs);
}

export function messageId(letter: Pick<Letter, 'id' | 'from'>): string {
  return `<${letter.id}@${domainOf(letter.from)}>`;
}

/** Each letter answers the one before it, or the one whose id `answers` names. */
export function thread(letters: readonly (Letter & { readonly answers?: string })[]): Letter[] {
  const posted: Letter[] = [];
  for (const { answers, ...letter } of letters) {
    const parent = answers === undefined ? posted.at(-1) : posted.find((one) => one.id === answers);
    posted.push(parent ? { ...letter, references: [...(parent.references ?? []), messageId(parent)] } : letter);
  }
  return posted;
}

export function post(letter: Letter, day: Date): DemoMessage {
  const isOwn = letter.from === ada;
  const deliveryMs = isOwn ? 0 : DELIVERY_MS;
  return {
    mailbox: letter.mailbox ?? (isOwn ? 'Sent' : 'INBOX'),
    flags: letter.flags ?? (isOwn ? ['\\Seen'] : []),
    receivedAt: new Date(sentAt(letter, day).getTime() + deliveryMs),
    bytes: messageBytes(letter, day, isOwn ? [] : traceHeaders(letter, day)),
  };
}

/** Without `trace`, as the sender's program wrote it: that is what a forward carries inside. */
export function messageBytes(letter: Letter, day: Date, trace: readonly Header[] = []): Buffer {
  const { content, references = [], subject } = letter;
  const parent = references.at(-1);
  const optional = (name: string, value: string | undefined): Header[] => (value === undefined ? [] : [[name, value]]);
  return entityBytes({
    headers: [
      ...trace,
      ['Date', dateText(sentAt(letter, day), letter.zone ?? '+0100')],
      ['From', addresses([letter.from])],
      ...optional('To', letter.to && addresses(letter.to)),
      ...optional('Cc', letter.cc && addresses(letter.cc)),
      ...optional('Subject', subject === undefined ? undefined : headerText(subject)),
      ['Message-ID', messageId(letter)],
      ...optional('In-Reply-To', parent),
      ...optional('References', parent && references.join(' ')),
      ...(letter.extra ?? []),
      ...(content ? [['MIME-Version', '1.0'] as const, ...content.headers] : []),
    ],
    body: content?.body ?? Buffer.alloc(0),
  });
}

function traceHeaders(letter: Letter, day: Date): Header[] {
  const domain = domainOf(letter.from);
  const digest = createHash('sha256').update(messageId(letter)).digest();
  const queueId = digest.toString('hex', 0, 5).toUpperCase();
  const host = `mail.${domain} (mail.${domain} [192.0.2.${digest.readUInt8(6)}])`;
  const arrival = dateText(new Date(sentAt(letter, day).getTime() + DELIVERY_MS), '+0000');
  return [
    ['Return-Path', `<${letter.returnPath ?? letter.from.address}>`],
    ['Received', `from ${host} by mx.postern.example with ESMTPS id ${queueId} for <${ada.address}>; ${arrival}`],
  ];
}

function domainOf(person: Person): string {
  return person.address.slice(person.address.lastIndexOf('@') + 1);
}
