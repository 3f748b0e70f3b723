/**
 * Mailboxes full of conversations as no mail program would write them: for comparing what two programs make of them.
 */
import { Buffer } from 'node:buffer';
import { canarySubject } from './canary.ts';
import type { Random } from './random.ts';

/** Ids that messages may have, and refer to; some of them are nobody's. */
const idOf = (number: number): string => `<m${number}@threads.example>`;

const words = ['Minutes', 'Invoice', 'Lunch', 'Grüße', 'lunch', ''] as const;
const before = [
  'Re: ',
  'RE:',
  'Fwd: ',
  'fw: ',
  'Re [2]: ',
  '[list] ',
  'Re: [list] ',
  '[list] Re: ',
  '[a][b] ',
  'Rex: ',
] as const;
const behind = [' (fwd)', '(Fwd) ', '  '] as const;

/** `count` messages. */
export function randomConversations(random: Random, count: number): Uint8Array[] {
  const ids = Math.max(3, Math.floor(count * (0.5 + random.below(10) / 10)));
  return Array.from({ length: count }, (_, index) => {
    const fields = [
      `From: Person ${random.below(9)} <person${random.below(9)}@threads.example>`,
      `Subject: ${subjectOf(random)}`,
      random.chance(0.9) ? `Date: ${dateOf(random)}` : 'X-No-Date: here',
      ...(random.chance(0.9) ? [`Message-ID: ${idOf(random.below(ids))}`] : []),
      ...answersOf(random, ids),
    ];
    return Buffer.from([...fields, '', `This is ${index + 1}.`, ''].join('\r\n'));
  });
}

function subjectOf(random: Random): string {
  // Most have one of their own: else everything would be one conversation.
  const word = random.chance(0.6) ? `${canarySubject} ${random.below(40)}` : random.pick(words);
  const encoded = /^[\x20-\x7e]*$/.test(word) ? word : `=?utf-8?B?${Buffer.from(word).toString('base64')}?=`;
  const head = random.chance(0.4) ? random.pick(before) : '';
  return `${head}${random.chance(0.2) ? random.pick(before) : ''}${encoded}${random.chance(0.1) ? random.pick(behind) : ''}`;
}

const dateOf = (random: Random): string =>
  `${1 + random.below(28)} Nov 2026 ${10 + random.below(10)}:00:00 ${random.pick(['+0000', '+0100', '-0800'])}`;

function answersOf(random: Random, ids: number): string[] {
  const some = (most: number): string =>
    Array.from({ length: 1 + random.below(most) }, () => idOf(random.below(ids))).join(' ');
  const fields: string[] = [];
  if (random.chance(0.4)) fields.push(`References: ${some(random.chance(0.2) ? 12 : 3)}`);
  else if (random.chance(0.1)) fields.push('References: nothing of that kind');
  if (random.chance(0.4)) fields.push(`In-Reply-To: ${random.chance(0.2) ? 'your letter ' : ''}${some(2)}`);
  return fields;
}
