/**
 * How many messages a second, and in how many round trips, does Postern download, against node-pop3 used directly and against a bare
 * socket?
 *
 * The same maildrop, Dovecot and machine for all, one after the other, in turns. Over HTTP and in base64 with digests, where the others
 * only read. Nothing is held against a number: what is printed depends on the machine, the ratios less so.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startDovecot } from '../scripts/mail-server/dovecot.ts';
import { startWorkers } from '../scripts/workers.ts';
import { startDistantServer } from '../test/support/distant-server.ts';
import { sha256Of } from '../test/support/maildir.ts';
import { testKey } from '../test/support/postern.ts';
import { spool } from '../test/support/spool.ts';
import { type Account, type Contender, throughNodePop3, throughPostern, throughSocket } from './contenders.ts';

const count = Number(process.env['BENCH_MESSAGES'] ?? 10_000);
const repetitions = Number(process.env['BENCH_REPETITIONS'] ?? 3);
const messageBytes = 25 * 1024;
/** One message a round trip of 50 ms: 10,000 would take more than eight minutes each time. */
const farMessages = { ahead: Math.min(count, 2_000), oneAtATime: Math.min(count, 60) };
const oneWayMs = 25;
/** As far as Postern sends ahead. */
const ahead = 200;

const login = { user: 'bench@postern.example', password: 'bench' };
const storage = await mkdtemp(join(tmpdir(), 'postern-bench-'));
const dovecot = await startDovecot({ users: [login] });
const workers = await startWorkers({ development: true, storage, variables: { CAPSULE_KEYS: testKey } });
try {
  await bench();
} finally {
  await workers.stop();
  await dovecot.stop();
  await rm(storage, { recursive: true });
}

interface Entrant {
  readonly name: string;
  readonly contender: Contender;
  readonly farMessages: number;
}

async function bench(): Promise<void> {
  const expected: string[] = [];
  let index = 0;
  for (const message of spool(count, messageBytes)) {
    // Every tenth has what POP3 has to disguise, and octets that are no UTF-8.
    const bytes =
      index % 10 === 9 ? Buffer.concat([message, Buffer.from('.\r\n..\r\ncaf\xe9\r\n', 'latin1')]) : message;
    expected.push(sha256Of(bytes));
    await dovecot.deliver(login.user, 'INBOX', bytes);
    index += 1;
  }
  const postern = throughPostern(workers.url);
  const entrants: readonly Entrant[] = [
    { name: 'socket, commands sent ahead', contender: throughSocket(ahead), farMessages: farMessages.ahead },
    { name: 'Postern', contender: postern, farMessages: farMessages.ahead },
    { name: 'socket, one at a time', contender: throughSocket(1), farMessages: farMessages.oneAtATime },
    { name: 'node-pop3', contender: throughNodePop3, farMessages: farMessages.oneAtATime },
  ];
  const near: Account = { ...login, port: dovecot.ports.pop3 };
  // The server makes its index.
  await throughSocket(ahead)(near, 1);
  await compare(`on loopback, ${count} messages of 25 KB`, entrants, () => count, near, expected, null);
  const distant = await startDistantServer(dovecot.ports.pop3, oneWayMs);
  const far = { ...near, port: distant.port };
  const title = `behind a round trip of ${2 * oneWayMs} ms, ${farMessages.ahead} or ${farMessages.oneAtATime} of them`;
  await compare(title, entrants, ({ farMessages }) => farMessages, far, expected, distant.count.bind(distant));
  await distant.stop();
}

type CountRoundTrips = (work: () => Promise<unknown>) => Promise<number>;

async function compare(
  title: string,
  entrants: readonly Entrant[],
  messagesOf: (entrant: Entrant) => number,
  account: Account,
  expected: readonly string[],
  countRoundTrips: CountRoundTrips | null,
): Promise<void> {
  const results = new Map(entrants.map(({ name }) => [name, { rates: [] as number[], roundTrips: 0, wrong: 0 }]));
  for (let repetition = 0; repetition < repetitions; repetition++) {
    for (const entrant of entrants) {
      const messages = messagesOf(entrant);
      const result = results.get(entrant.name);
      let got: readonly (string | null)[] = [];
      const startedAt = performance.now();
      const work = async (): Promise<void> => {
        got = await entrant.contender(account, messages);
      };
      const roundTrips = countRoundTrips === null ? null : await countRoundTrips(work);
      if (roundTrips === null) await work();
      result?.rates.push((1_000 * messages) / (performance.now() - startedAt));
      if (result === undefined) continue;
      result.roundTrips = (roundTrips ?? 0) / messages;
      result.wrong = got.filter((digest, index) => digest !== expected[index]).length / messages;
    }
  }
  console.log(`\n${title}`);
  const median = (rates: readonly number[]): number =>
    rates.toSorted((one, other) => one - other)[rates.length >> 1] ?? 0;
  const best = Math.max(...[...results.values()].map(({ rates }) => median(rates)));
  for (const [name, { rates, roundTrips, wrong }] of results) {
    const rate = median(rates);
    const told = [
      `${rate.toFixed(0)} messages a second`.padStart(26),
      `${((100 * rate) / best).toFixed(1)} %`.padStart(8),
      countRoundTrips === null ? '' : `${roundTrips.toFixed(3)} round trips a message`,
      wrong === 0 ? 'all right' : `${(100 * wrong).toFixed(1)} % wrong`,
    ];
    console.log(`  ${name.padEnd(28)}${told.filter((text) => text !== '').join('  ')}`);
  }
}
