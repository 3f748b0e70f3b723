/**
 * Does docs/cost.md state what the model comes to?
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  billOf,
  costsOf,
  counted,
  type Month,
  monthOf,
  prices,
  sumOf,
  type Use,
  usual,
} from '../../scripts/cost-model.ts';

const text = readFileSync(join(import.meta.dirname, '../../docs/cost.md'), 'utf8');

const ways: readonly (readonly [name: string, use: Use])[] = [
  ['every 15 s', { ...usual, pollSeconds: 15 }],
  ['every 60 s', usual],
  ['every 15 min', { ...usual, pollSeconds: 900 }],
  ['live, and every 60 s', { ...usual, isLive: true }],
];

const whole = (value: number): string => Math.round(value).toLocaleString('en');
const dollars = (value: number): string => (value < 10 ? value.toFixed(3) : whole(value));
const money = (value: number): string => (value < 100 ? value.toFixed(2) : whole(value));
const row = (...cells: readonly string[]): string => `| ${cells.join(' | ')} |`;

const used = (name: string, month: Month): string =>
  row(
    name,
    whole(month.requests),
    whole(month.gigabyteSeconds),
    whole(month.rowsRead),
    whole(month.rowsWritten),
    dollars(sumOf(costsOf(month))),
  );

describe('docs/cost.md', () => {
  it.each(ways)('states what one mailbox takes, looked at %s', (name, use) => {
    expect(text).toContain(used(name, monthOf(1, use)));
  });

  it.each(ways)('states the bill for 1, 1,000 and 1,000,000 mailboxes, looked at %s', (name, use) => {
    expect(text).toContain(row(name, ...[1, 1_000, 1_000_000].map((count) => money(billOf(monthOf(count, use))))));
  });

  it.each([0.3, 0.5, 1.2, 3])('states what a look of %s s comes to', (lookSeconds) => {
    const sums = [15, 60, 900].map((pollSeconds) =>
      dollars(sumOf(costsOf(monthOf(1, { ...usual, lookSeconds, pollSeconds })))),
    );
    expect(text).toContain(row(`${lookSeconds} s`, ...sums));
  });

  it('states where the money goes for a mailbox that is looked at each minute', () => {
    const costs = costsOf(monthOf(1, usual));
    for (const [name, cost] of [
      ['requests', costs.requests],
      ['duration', costs.gigabyteSeconds],
      ['rows written', costs.rowsWritten],
      ['rows read', costs.rowsRead],
      ['stored', costs.storedGigabytes],
    ] as const)
      expect(text).toContain(row(name, cost.toFixed(5)));
  });

  it('states what is counted', () => {
    const { look, message } = counted;
    expect(text).toContain(
      row('a look that finds nothing', `${look.rowsRead}`, `${look.rowsWritten}`, `${look.alarms}`),
    );
    expect(text).toContain(row('a message', `${message.rowsRead}`, `${message.rowsWritten}`, `${message.alarms}`));
    const { requests, gigabyteSeconds, rowsRead, rowsWritten, storedGigabytes } = prices;
    for (const { included, perMillion } of [requests, gigabyteSeconds, rowsRead, rowsWritten])
      expect(text).toContain(`| ${whole(included)} | ${perMillion} a million |`);
    expect(text).toContain(`| ${storedGigabytes.included} | ${storedGigabytes.each} |`);
  });
});

describe('the model', () => {
  it('takes nothing for mailboxes that are not there but the plan', () => {
    expect(billOf(monthOf(0, usual))).toBe(prices.plan);
  });

  it('makes a mailbox-month no more expensive for being one of many', () => {
    const each = (count: number) => billOf(monthOf(count, usual)) / count;
    expect(each(1_000)).toBeLessThan(each(1));
    expect(each(1_000_000)).toBeLessThanOrEqual(sumOf(costsOf(monthOf(1, usual))) + 1e-3);
  });
});
