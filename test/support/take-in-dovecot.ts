/**
 * Messages that are taken into the mailboxes of a Dovecot, and what is in those then.
 */
import { Buffer } from 'node:buffer';
import { afterAll, beforeAll } from 'vitest';
import type { Slip } from '../../src/core/parcel.ts';
import { type ImapRelay, startImapRelay } from './imap-relay.ts';
import { type MailHost, startMailHost } from './mail.ts';
import type { Caller } from './postern.ts';
import { type ImapProgram, imapProgram } from './server-programs.ts';
import { type TakeInStage, takeInStage } from './take-in.ts';

export interface DovecotTakeInStage extends TakeInStage {
  readonly host: MailHost;
  /** Somebody with an account of their own, in whose INBOX these messages are. */
  somebody(...messages: readonly Uint8Array[]): Promise<Caller>;
  /** The same by way of a relay. */
  relayed(...messages: readonly Uint8Array[]): Promise<{ readonly relay: ImapRelay; readonly caller: Caller }>;
  /** Another mail program of the same account. */
  program(caller: Caller, mailbox?: string): Promise<ImapProgram>;
  /** All messages of a mailbox, in the order of their UIDs. */
  heldBy(caller: Caller, mailbox?: string): Promise<Buffer[]>;
}

export function dovecotTakeInStage(): DovecotTakeInStage {
  let host: MailHost | undefined;
  const relays: ImapRelay[] = [];
  beforeAll(async () => {
    host = await startMailHost();
  });
  afterAll(async () => {
    for (const relay of relays) await relay.stop();
    await host?.stop();
  });
  const started = (): MailHost => {
    if (host === undefined) throw new Error('Not before the tests begin');
    return host;
  };
  const stage = takeInStage();
  const own = {
    async somebody(...messages: readonly Uint8Array[]) {
      const caller = await started().caller('imap', 'cleartext');
      for (const message of messages) await started().dovecot.deliver(caller.user, 'INBOX', message);
      return caller;
    },
    async relayed(...messages: readonly Uint8Array[]) {
      const relay = await startImapRelay(started().dovecot.ports.imap);
      relays.push(relay);
      return { relay, caller: relay.through(await own.somebody(...messages)) };
    },
    program: (caller: Caller, mailbox?: string) => imapProgram(started().dovecot.ports.imap, caller, mailbox),
    async heldBy(caller: Caller, mailbox?: string) {
      const reader = await own.program(caller, mailbox);
      const messages = [...(await reader.messages()).values()].map((bytes) => Buffer.from(bytes));
      await reader.logout();
      return messages;
    },
  };
  const { begin, takeIn, refused } = stage;
  return {
    begin,
    takeIn,
    refused,
    ...own,
    get postern() {
      return stage.postern;
    },
    get host() {
      return started();
    },
  };
}

/** What became of each: a word, or the kind of the failure. */
export const told = (slips: readonly (Slip | null)[]) =>
  slips.map((slip) => {
    if (slip === null) return null;
    return [slip.index, slip.outcome === 'failed' ? slip.failure.kind : slip.outcome];
  });

export const withoutMessageId = (bytes: Uint8Array): Uint8Array =>
  Buffer.from(
    Buffer.from(bytes)
      .toString('latin1')
      .replace(/^Message-ID:.*\r\n/m, ''),
    'latin1',
  );
