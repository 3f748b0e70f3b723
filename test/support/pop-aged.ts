/**
 * Messages that have lain in a maildrop for some days, and what becomes of them when it is pruned.
 */
import { Buffer } from 'node:buffer';
import type { z } from 'zod';
import { PrunedSchema, type PruneRequestSchema } from '../../src/maildrop/schema/prune.ts';
import { canarySubject } from './canary.ts';
import type { Caller, Postern } from './postern.ts';

export const prunePath = '/v1/pop/prune';

const dayMs = 24 * 60 * 60_000;

/** As in a header field. */
export const daysAgo = (days: number): string =>
  new Date(Date.now() - days * dayMs).toUTCString().replace('GMT', '+0000');

interface Age {
  /** Days since the last server, or null where none has written it. */
  readonly received?: number | string | null;
  /** Days since the sender wrote it, as the sender says. */
  readonly date?: number | string;
}

const timeOf = (when: number | string): string => (typeof when === 'number' ? daysAgo(when) : when);

/** A message that is told apart by `label`, and by its body. */
export function aged(label: string, { received = null, date }: Age): Buffer {
  const hop = (when: number | string): string =>
    `Received: from weaver.example (weaver.example [192.0.2.1])\r\n\tby mx.postern.example with ESMTP; ${timeOf(when)}\r\n`;
  return Buffer.from(
    [
      received === null ? '' : hop(received),
      `From: Grace Weaver <grace@weaver.example>\r\nSubject: ${canarySubject} ${label}\r\n`,
      date === undefined ? '' : `Date: ${timeOf(date)}\r\n`,
      `Message-ID: <${label}@weaver.example>\r\n\r\nThis is ${label}.\r\n`,
    ].join(''),
  );
}

export const pruned = (postern: Postern, caller: Caller, body: z.input<typeof PruneRequestSchema>) =>
  postern.json(PrunedSchema, caller, prunePath, { body });
