/**
 * How does a receiver know who has sent an event? (Standard Webhooks, by the library of its authors)
 */
import { Webhook } from 'standardwebhooks';
import type { SigningSecret } from '../subscription.ts';

export interface SigningHeaders {
  readonly 'webhook-id': string;
  /** Of the attempt: receivers refuse what is older than some minutes, and would refuse whatever is sent again. */
  readonly 'webhook-timestamp': string;
  /** One signature for each secret that is good, the newest first, apart by blanks. */
  readonly 'webhook-signature': string;
}

export function signingHeaders(
  id: string,
  body: string,
  secrets: readonly SigningSecret[],
  nowMs: number,
): SigningHeaders {
  const good = secrets.filter(({ untilMs }) => untilMs === null || nowMs < untilMs);
  return {
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(nowMs / 1000)),
    'webhook-signature': good.map(({ secret }) => new Webhook(secret).sign(id, new Date(nowMs), body)).join(' '),
  };
}
