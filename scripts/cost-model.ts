/**
 * What does it cost to watch mailboxes on Cloudflare? (docs/cost.md)
 *
 * A model: what a look and a message take, times how many there are, times the prices. Pure; what is counted here is counted by
 * test/workerd/watch-store-rows.test.ts, and docs/cost.md holds what comes of it (test/watch/store-cost.test.ts).
 */
import { limits } from '../src/core/limits.ts';

/** US dollars, and what the Workers Paid plan includes a month, as docs/cost.md cites them. */
export const prices = {
  plan: 5,
  requests: { included: 1_000_000, perMillion: 0.15 },
  gigabyteSeconds: { included: 400_000, perMillion: 12.5 },
  rowsRead: { included: 25_000_000_000, perMillion: 0.001 },
  rowsWritten: { included: 50_000_000, perMillion: 1 },
  storedGigabytes: { included: 5, each: 0.2 },
} as const;

/** A Durable Object is billed for 128 MB whatever it uses. */
const gigabytes = 0.128;

/** One account with one subscription. Rows as `cursor.rowsRead` and `rowsWritten` tell; a `setAlarm` is one that is written. */
export const counted = {
  /** A look that finds nothing, by an object that has just come to life. */
  look: { rowsRead: 9, rowsWritten: 0, alarms: 1 },
  /** One message: found, sent at the first attempt, and forgotten after a week. */
  message: { rowsRead: 18, rowsWritten: 8, alarms: 1 },
  /** Of an account with one subscription and a handful of deliveries. */
  storedBytes: 49_152,
  /** Of each delivery more, with a summary of 1.5 KB, until it is forgotten. */
  deliveryBytes: 4_096,
} as const;

/** One is set before anything is done; where looks are further apart, that one is for if the object is lost while it works. */
export const alarmsPerLook = (pollSeconds: number): number =>
  pollSeconds * 1000 > limits.watchInsuranceMs ? 2 * counted.look.alarms : counted.look.alarms;

const keptDays = 7;

/** What the model supposes; each can be set otherwise. */
export interface Use {
  /** From one look to the next. */
  readonly pollSeconds: number;
  /** How long a look keeps the object busy: nearly all of it is waiting for the mail server. */
  readonly lookSeconds: number;
  /** The same for a message on its way: mostly waiting for the receiver. */
  readonly messageSeconds: number;
  readonly messagesPerDay: number;
  /** A connection is held all the time. */
  readonly isLive: boolean;
}

export const usual: Use = {
  pollSeconds: 60,
  lookSeconds: 0.5,
  messageSeconds: 0.5,
  messagesPerDay: 20,
  isLive: false,
};

export interface Month {
  readonly requests: number;
  readonly gigabyteSeconds: number;
  readonly rowsRead: number;
  readonly rowsWritten: number;
  readonly storedGigabytes: number;
}

const monthSeconds = 30 * 24 * 60 * 60;

/** What so many mailboxes take in a month of 30 days. */
export function monthOf(mailboxes: number, use: Use): Month {
  const looks = monthSeconds / use.pollSeconds;
  const messages = use.messagesPerDay * 30;
  const busySeconds = use.isLive ? monthSeconds : looks * use.lookSeconds + messages * use.messageSeconds;
  const { look, message, storedBytes, deliveryBytes } = counted;
  const bytes = storedBytes + use.messagesPerDay * keptDays * deliveryBytes;
  return {
    requests: mailboxes * looks,
    gigabyteSeconds: mailboxes * busySeconds * gigabytes,
    rowsRead: mailboxes * (looks * look.rowsRead + messages * message.rowsRead),
    rowsWritten:
      mailboxes *
      (looks * (look.rowsWritten + alarmsPerLook(use.pollSeconds)) + messages * (message.rowsWritten + message.alarms)),
    storedGigabytes: (mailboxes * bytes) / 1e9,
  };
}

/** In dollars, without what the plan includes. */
export function costsOf(month: Month): Readonly<Record<keyof Month, number>> {
  return {
    requests: (month.requests / 1e6) * prices.requests.perMillion,
    gigabyteSeconds: (month.gigabyteSeconds / 1e6) * prices.gigabyteSeconds.perMillion,
    rowsRead: (month.rowsRead / 1e6) * prices.rowsRead.perMillion,
    rowsWritten: (month.rowsWritten / 1e6) * prices.rowsWritten.perMillion,
    storedGigabytes: month.storedGigabytes * prices.storedGigabytes.each,
  };
}

export const sumOf = (costs: Readonly<Record<keyof Month, number>>): number =>
  Object.values(costs).reduce((sum, cost) => sum + cost, 0);

/** The bill of somebody who has nothing else on the plan: what it includes is taken off, the plan itself is on it. */
export function billOf(month: Month): number {
  const beyond = (used: number, { included }: { readonly included: number }) => Math.max(0, used - included);
  return (
    prices.plan +
    sumOf(
      costsOf({
        requests: beyond(month.requests, prices.requests),
        gigabyteSeconds: beyond(month.gigabyteSeconds, prices.gigabyteSeconds),
        rowsRead: beyond(month.rowsRead, prices.rowsRead),
        rowsWritten: beyond(month.rowsWritten, prices.rowsWritten),
        storedGigabytes: beyond(month.storedGigabytes, prices.storedGigabytes),
      }),
    )
  );
}
