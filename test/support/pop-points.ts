/**
 * Every stage of download → acknowledge at which something can die: the first session downloads, the second deletes. Once
 * for a server that takes many commands at once, and once for one that knows RFC 1939 and no more.
 */
import { letter } from './mail.ts';
import type { Point } from './relay.ts';

export const letters = Array.from({ length: 5 }, (_, index) =>
  letter(`letter-${index}`, `line ${index}\r\n`.repeat(300)),
);

const numbers = letters.map((_, index) => index + 1);

export const points = (session: number, verb: string, nth: readonly number[], at: readonly Point['at'][]): Point[] =>
  nth.flatMap((nth) => at.map((at) => ({ session, verb, nth, at })));

/** How a server may be spoken to, and what it must not announce to be spoken to in that way. */
export const flavours = [
  { name: 'with SASL, commands sent ahead', hidden: [], login: ['CAPA', 'AUTH'] },
  {
    name: 'with USER and PASS, one command at a time',
    hidden: ['PIPELINING', 'SASL'],
    login: ['CAPA', 'USER', 'PASS'],
  },
] as const;

export type Flavour = (typeof flavours)[number];

export const stagesOf = ({ login }: Flavour): readonly Point[] => [
  ...points(1, 'GREETING', [1], ['reply', 'end']),
  ...[...login, 'UIDL', 'LIST'].flatMap((verb) => points(1, verb, [1], ['command', 'reply', 'middle'])),
  ...points(1, 'RETR', numbers, ['command', 'reply', 'middle', 'end']),
  ...points(2, 'GREETING', [1], ['reply']),
  ...[...login, 'UIDL', 'LIST'].flatMap((verb) => points(2, verb, [1], ['command', 'reply'])),
  ...points(2, 'DELE', numbers, ['command', 'reply']),
  ...points(2, 'QUIT', [1], ['command', 'reply', 'end']),
];

const places = {
  command: 'on its way to the server',
  reply: 'before its answer reaches us',
  middle: 'in the middle of its answer',
  end: 'after its answer',
} as const;

export const stageName = ({ session, verb, nth, at }: Point): string =>
  `${session === 1 ? 'downloading' : 'acknowledging'}, ${verb} ${nth}, ${places[at]}`;
