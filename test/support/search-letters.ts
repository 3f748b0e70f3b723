/**
 * A mailbox to search in, and what its messages hold: written down beside them, so that a search can be judged by somebody who
 * never reads mail.
 */
import { Buffer } from 'node:buffer';
import type { SystemFlag } from '../../scripts/mail-server/maildir.ts';
import { canarySubject } from './canary.ts';
import type { ImapStage } from './imap-stage.ts';
import type { Caller } from './postern.ts';
import { type Random, seeded } from './random.ts';

export interface Searched {
  readonly uid: number;
  readonly from: string;
  readonly to: string;
  readonly cc: string | null;
  readonly bcc: string | null;
  readonly subject: string;
  readonly body: string;
  /** `X-Trip`. */
  readonly trip: string | null;
  readonly sentAt: Date;
  readonly receivedAt: Date;
  readonly flags: readonly SystemFlag[];
  readonly keywords: readonly string[];
  readonly hasAttachment: boolean;
  readonly bytes: Uint8Array;
}

/** Words that no header field has in its name, with what has to be quoted, encoded, or sent as UTF-8. */
export const words = [
  'walnut',
  'quince',
  'Grüße',
  '日本語',
  'say "hi"',
  'back\\slash',
  '100%',
  'two words',
  '🎉',
] as const;
const people = ['Grace Walnut <grace@orchard.example>', 'Zoë <zoe@quince.example>', 'hal@pod.example'] as const;
const systemFlags = ['\\Seen', '\\Flagged', '\\Answered', '\\Draft'] as const;

const encoded = (text: string): string => `=?utf-8?B?${Buffer.from(text).toString('base64')}?=`;
const address = (text: string): string => text.replace(/^(.*) </, (_, name: string) => `${encoded(name)} <`);

export const hourMs = 3_600_000;
/** Some of them were received within hours of this midnight in UTC, where zones differ about the day. */
export const midnight = Date.UTC(2026, 10, 10);

function searchedOf(uid: number, random: Random): Searched {
  const some = (probability: number, value: string): string | null => (random.chance(probability) ? value : null);
  const facts = {
    uid,
    from: random.pick(people),
    to: random.pick(people),
    cc: some(0.4, random.pick(people)),
    bcc: some(0.2, random.pick(people)),
    subject: `${canarySubject} ${random.pick(words)} ${random.below(100)}`,
    body: `${random.pick(words)}\r\n${'.'.repeat(60)}\r\n`.repeat(1 + random.below(40)),
    trip: some(0.6, random.pick(words)),
    sentAt: new Date(midnight - random.below(20) * 24 * hourMs),
    receivedAt: new Date(midnight + (random.below(60) - 30) * hourMs - random.below(2) * 1000),
    flags: systemFlags.filter(() => random.chance(0.4)),
    keywords: random.chance(0.3) ? ['$forwarded'] : [],
    hasAttachment: random.chance(0.3),
  };
  return { ...facts, bytes: written(facts) };
}

function written(facts: Omit<Searched, 'bytes'>): Uint8Array {
  const text = [
    'Content-Type: text/plain; charset=utf-8',
    'Content-Transfer-Encoding: base64',
    '',
    Buffer.from(facts.body).toString('base64').replace(/.{76}/g, '$&\r\n'),
  ];
  const file = [
    'Content-Type: application/pdf; name=file.pdf',
    'Content-Disposition: attachment; filename=file.pdf',
    '',
    'none',
  ];
  return Buffer.from(
    [
      `From: ${address(facts.from)}`,
      `To: ${address(facts.to)}`,
      ...(facts.cc === null ? [] : [`Cc: ${address(facts.cc)}`]),
      ...(facts.bcc === null ? [] : [`Bcc: ${address(facts.bcc)}`]),
      `Subject: ${encoded(facts.subject)}`,
      `Date: ${facts.sentAt.toUTCString().replace('GMT', '+0000')}`,
      ...(facts.trip === null ? [] : [`X-Trip: ${encoded(facts.trip)}`]),
      `Message-ID: <${facts.uid}@weaver.example>`,
      'MIME-Version: 1.0',
      ...(facts.hasAttachment
        ? ['Content-Type: multipart/mixed; boundary=b', '', '--b', ...text, '--b', ...file, '--b--', '']
        : text),
    ].join('\r\n'),
  );
}

export const searchedLetters = (seed: number, count: number): Searched[] => {
  const random = seeded(seed);
  return Array.from({ length: count }, (_, index) => searchedOf(index + 1, random));
};

/** Somebody in whose INBOX they are, with their flags, keywords and dates. */
export async function searchedMailbox(stage: ImapStage, letters: readonly Searched[]): Promise<Caller> {
  const caller = await stage.callerWith([]);
  for (const { bytes, flags, receivedAt } of letters) {
    await stage.host.dovecot.deliver(caller.user, 'INBOX', bytes, { flags, receivedAt });
  }
  const program = await stage.program(caller);
  for (const { uid, keywords } of letters) {
    if (keywords.length > 0) await program.command(`UID STORE ${uid} +FLAGS.SILENT (${keywords.join(' ')})`);
  }
  program.close();
  return caller;
}

const holds = (text: string | null, word: string): boolean =>
  (text ?? '').normalize('NFC').toLowerCase().includes(word.normalize('NFC').toLowerCase());

/** Whether a word is in these, as somebody would say who reads the message. */
export const inField =
  (field: 'from' | 'to' | 'cc' | 'bcc' | 'subject' | 'body' | 'trip', word: string) =>
  (letter: Searched): boolean =>
    holds(letter[field], word);

export const anywhere =
  (word: string) =>
  ({ from, to, cc, bcc, subject, body, trip }: Searched): boolean =>
    [from, to, cc, bcc, subject, body, trip].some((text) => holds(text, word));

export const isMarked =
  (flag: SystemFlag) =>
  ({ flags }: Searched): boolean =>
    flags.includes(flag);
