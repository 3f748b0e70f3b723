/**
 * A Postern whose subscriptions are looked after every second, a Dovecot and a receiver, for all tests of one file.
 *
 * An operator may set the times as they are here; nothing else is different from production.
 */
import { afterAll, beforeAll, expect } from 'vitest';
import { z } from 'zod';
import type { DovecotOptions } from '../../scripts/mail-server/dovecot.ts';
import { EventBodySchema } from '../../src/watch/schema/event-body.ts';
import { type MailProgram, mailProgram } from './imap-client.ts';
import { type MailHost, startMailHost } from './mail.ts';
import { type Caller, type Postern, startPostern } from './postern.ts';
import { bodyJson, type Received, type Receiver, startReceiver } from './receiver.ts';

/** The times that an operator may choose, as short as they can be; and so many attempts that a slow machine gives nothing up. */
export const quickTimes = { LEAST_POLL_SECONDS: '1', DELIVERY_RETRY_SECONDS: Array(15).fill('1').join() } as const;

export const subscriptionsPath = '/v1/subscriptions';

export interface WatchStage {
  readonly postern: Postern;
  readonly host: MailHost;
  readonly receiver: Receiver;
  caller(protocol: 'imap' | 'pop3'): Promise<Caller>;
  deliver(caller: Caller, mailbox: string, ...messages: readonly Uint8Array[]): Promise<void>;
  /** Another mail program of the same account. */
  program(caller: Caller, mailbox?: string): Promise<MailProgram>;
  /** Signed with the receiver's secret and looked at every second, unless the wish says otherwise. */
  subscribe(caller: Caller, wish?: Readonly<Record<string, unknown>>): Promise<{ id: string; secret: string }>;
}

/** What a test needs of the answer: those about answers parse them by their own schemas. */
const Created = z.looseObject({ id: z.string(), secret: z.string() });

export interface WatchStageOptions extends Omit<DovecotOptions, 'users'> {
  /** Besides `quickTimes`, and stronger. */
  readonly variables?: Readonly<Record<string, string>>;
}

export function watchStage({ variables, ...options }: WatchStageOptions = {}): WatchStage {
  let started: { readonly host: MailHost; readonly postern: Postern; readonly receiver: Receiver } | undefined;
  const programs: MailProgram[] = [];
  beforeAll(async () => {
    const host = await startMailHost(options);
    const receiver = await startReceiver();
    const settings = { trustedCertificates: [host.dovecot.ca], variables: { ...quickTimes, ...variables } };
    started = { host, receiver, postern: await startPostern(settings) };
  });
  afterAll(async () => {
    for (const program of programs) program.close();
    await started?.receiver.stop();
    await started?.host.stop();
    await started?.postern.stop();
  });
  const stage = (): NonNullable<typeof started> => {
    if (started === undefined) throw new Error('Not before the tests begin');
    return started;
  };
  return {
    get postern() {
      return stage().postern;
    },
    get host() {
      return stage().host;
    },
    get receiver() {
      return stage().receiver;
    },
    caller: (protocol) => stage().host.caller(protocol),
    async deliver({ user }, mailbox, ...messages) {
      for (const message of messages) await stage().host.dovecot.deliver(user, mailbox, message);
    },
    async program(caller, mailbox) {
      const program = await mailProgram(stage().host.dovecot, caller, mailbox);
      programs.push(program);
      return program;
    },
    async subscribe(caller, wish) {
      const { postern, receiver } = stage();
      const body = { url: receiver.url(), secret: receiver.secret, pollSeconds: 1, ...wish };
      return postern.json(Created, caller, subscriptionsPath, { body });
    },
  };
}

/** What a request tells, which has to be as the contract has it and signed without fault. */
export function toldBy(received: Received): z.output<typeof EventBodySchema> {
  expect(received.faults).toEqual([]);
  return EventBodySchema.parse(bodyJson(received));
}
