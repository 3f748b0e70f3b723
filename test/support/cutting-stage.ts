/**
 * A Postern and a Dovecot for thousands of runs, many at a time.
 *
 * There are as many accounts as there are runs at a time, each with a way to the server of its own. A run finds the account
 * as if it were new; that Postern knows it already shows that an account is as good as before, whatever has happened to it.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect } from 'vitest';
import { type Dovecot, startDovecot } from '../../scripts/mail-server/dovecot.ts';
import { canaryPassword } from './canary.ts';
import { accountWriter, firstUidValidity, type Placed, type WriteAccount } from './cutting-accounts.ts';
import { Pool } from './cutting-pool.ts';
import { type CuttingRelay, startCuttingRelay, type Way } from './cutting-relay.ts';
import { type Caller, type Postern, startPostern } from './postern.ts';

/** What one run has for itself. */
export interface Run {
  readonly postern: Postern;
  readonly caller: Caller;
  readonly relay: CuttingRelay;
  /** Where its INBOX lies on the server's disk. */
  readonly maildir: string;
  /** Of all mailboxes that were there before it began. */
  readonly uidValidity: number;
  /** Does what meets the fault. While that stands still, other runs move. */
  meetingFault<T>(work: () => Promise<T>): Promise<T>;
  /** Meanwhile other runs move. */
  waiting(ms: number): Promise<void>;
}

type Account = Omit<Run, 'uidValidity'>;

export interface CuttingStage {
  readonly postern: Postern;
  /** As soon as one of the accounts is free, which is written anew with these messages. */
  run<T>(way: Way & { readonly messages: readonly Placed[] }, play: (run: Run) => Promise<T>): Promise<T>;
  /** Of both Workers together, in MB of 1,000,000 bytes. */
  residentMb(): number;
}

/** More at a time would be a test of something else: of what becomes of deadlines when a machine is too slow. */
const movingAtATime = 16;

interface Options {
  readonly protocol: 'imap' | 'pop3';
  /** As many runs can stand still at the same time. */
  readonly accounts: number;
}

/** Sessions that stand still are many at the same time; those that do not are short, so a process serves many of them in turn. */
const manySessions = ['imap', 'pop3']
  .map((protocol) => `service ${protocol} {\n  process_limit = 2000\n  service_count = 200\n}`)
  .join('\n');

export function cuttingStage({ protocol, accounts }: Options): CuttingStage {
  let dovecot: Dovecot | undefined;
  let postern: Postern | undefined;
  const writers = new Map<readonly Placed[], Promise<WriteAccount>>();
  let uidValidity = firstUidValidity;
  const free = new Pool<Account>();
  const moving = new Pool<null>(Array.from({ length: movingAtATime }, () => null));
  beforeAll(async () => {
    const users = Array.from({ length: accounts }, (_, index) => accountOf(index + 1));
    const server = await startDovecot({ users, extraConfig: manySessions });
    dovecot = server;
    const started = await startPostern({});
    postern = started;
    for (const account of users) {
      const relay = await startCuttingRelay(server.ports[protocol]);
      const mailServer = `${protocol}://127.0.0.1:${relay.port}?security=none`;
      const maildir = server.maildir(account.user);
      free.give({
        postern: started,
        caller: { ...account, mailServer },
        relay,
        maildir,
        meetingFault: meetingFaultOf(relay, moving),
        waiting: waitingOf(moving),
      });
    }
  });
  afterAll(async () => {
    for (const { relay } of free.items) await relay.stop();
    await dovecot?.stop();
    await postern?.stop();
  });
  const begun = <T>(what: T | undefined): T => {
    if (what === undefined) throw new Error('Not before the tests begin');
    return what;
  };
  const writerOf = (messages: readonly Placed[]): Promise<WriteAccount> => {
    const directory = join(begun(dovecot).directory, 'mail', `messages ${writers.size}`);
    const writer = writers.get(messages) ?? accountWriter(directory, messages);
    writers.set(messages, writer);
    return writer;
  };
  return {
    get postern() {
      return begun(postern);
    },
    async run({ messages, ...way }, play) {
      const writeAccount = await writerOf(messages);
      const account = await free.take();
      await moving.take();
      try {
        const run = { ...account, uidValidity: uidValidity++ };
        writeAccount(run.maildir, run.uidValidity);
        run.relay.open(way);
        return await play(run);
      } finally {
        await account.relay.settled();
        moving.give(null);
        free.give(account);
      }
    },
    residentMb() {
      const status = readFileSync(`/proc/${begun(postern).workers.pid}/status`, 'utf8');
      return (Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024) / 1e6;
    },
  };
}

/** Gives the place among the moving away while the fault lasts, and has one again when it is over. */
const meetingFaultOf =
  (relay: CuttingRelay, moving: Pool<null>): Run['meetingFault'] =>
  async (work) => {
    const place = { isGiven: false, isOver: false };
    void relay.failed().then(() => {
      place.isGiven = !place.isOver;
      if (place.isGiven) moving.give(null);
    });
    try {
      return await work();
    } finally {
      place.isOver = true;
      if (place.isGiven) await moving.take();
    }
  };

const waitingOf =
  (moving: Pool<null>): Run['waiting'] =>
  async (ms) => {
    moving.give(null);
    await delay(ms);
    await moving.take();
  };

/**
 * The runtime collects its garbage late and gives little back of what hundreds of sessions at once have needed, so memory grows
 * for a while whatever happens. A session with its object takes 0.4 MB: if each of the thousands here left that behind, it would
 * be more than this at the end of any file.
 */
const mostGrowthMb = 700;

/** Whatever the runs were, Postern is alive, and `beforeMb` is about what it needs now. */
export async function expectUnharmed(stage: CuttingStage, beforeMb: number): Promise<void> {
  expect((await stage.postern.call(null, '/health')).status).toBe(200);
  const nowMb = stage.residentMb();
  console.log(`memory: ${Math.round(beforeMb)} MB before the first fault, ${Math.round(nowMb)} MB at the end`);
  expect(nowMb - beforeMb, 'MB more than before').toBeLessThan(mostGrowthMb);
}

/** All names are of one length, so that every run says the same number of bytes. */
const accountOf = (number: number): { readonly user: string; readonly password: string } => ({
  user: `cut${String(number).padStart(5, '0')}@postern.example`,
  password: `${canaryPassword}-cut`,
});
