/**
 * A Postern and a Dovecot for all tests of one file about mailboxes, and the calls that most of them make.
 */
import { afterAll, beforeAll } from 'vitest';
import type { z } from 'zod';
import type { DovecotOptions } from '../../scripts/mail-server/dovecot.ts';
import { EmailSchema } from '../../src/mailbox/schema/email.ts';
import { MailboxesSchema } from '../../src/mailbox/schema/mailbox.ts';
import { EmailPageSchema } from '../../src/mailbox/schema/page.ts';
import { type MailProgram, mailProgram } from './imap-client.ts';
import { type MailHost, type Security, startMailHost } from './mail.ts';
import { type Caller, type Postern, startPostern } from './postern.ts';

export type Page = z.output<typeof EmailPageSchema>;
export type Email = z.output<typeof EmailSchema>;
export type Mailbox = z.output<typeof MailboxesSchema>['mailboxes'][number];

export interface ImapStage {
  readonly postern: Postern;
  readonly host: MailHost;
  /** Somebody with an account of their own, in whose INBOX these messages are, the oldest first. */
  callerWith(messages: readonly Uint8Array[], security?: Security): Promise<Caller>;
  deliver(caller: Caller, mailbox: string, ...messages: readonly Uint8Array[]): Promise<void>;
  /** Another mail program of the same account. */
  program(caller: Caller, mailbox?: string): Promise<MailProgram>;
  mailboxes(caller: Caller): Promise<Mailbox[]>;
  page(caller: Caller, query?: string, mailbox?: string): Promise<Page>;
  /** The paths of the messages of a mailbox, newest first. */
  paths(caller: Caller, mailbox?: string): Promise<string[]>;
  read(caller: Caller, path: string): Promise<Email>;
}

export const messagesPath = (mailbox: string): string => `/v1/imap/mailboxes/${mailbox}/messages`;

/** The first of a list that is not empty. */
export function first<T>(list: readonly T[]): T {
  const [one] = list;
  if (one === undefined) throw new Error('there is none');
  return one;
}

export function imapStage(options: Omit<DovecotOptions, 'users'> = {}): ImapStage {
  let host: MailHost | undefined;
  let postern: Postern | undefined;
  const programs: MailProgram[] = [];
  beforeAll(async () => {
    host = await startMailHost(options);
    postern = await startPostern({ trustedCertificates: [host.dovecot.ca] });
  });
  afterAll(async () => {
    for (const program of programs) program.close();
    await host?.stop();
    await postern?.stop();
  });
  const started = <T>(what: T | undefined): T => {
    if (what === undefined) throw new Error('Not before the tests begin');
    return what;
  };
  const stage: ImapStage = {
    get postern() {
      return started(postern);
    },
    get host() {
      return started(host);
    },
    async callerWith(messages, security) {
      const caller = await started(host).caller('imap', security);
      await stage.deliver(caller, 'INBOX', ...messages);
      return caller;
    },
    async deliver({ user }, mailbox, ...messages) {
      for (const message of messages) await started(host).dovecot.deliver(user, mailbox, message);
    },
    async program(caller, mailbox) {
      const program = await mailProgram(started(host).dovecot, caller, mailbox);
      programs.push(program);
      return program;
    },
    mailboxes: async (caller) => (await started(postern).json(MailboxesSchema, caller, '/v1/imap/mailboxes')).mailboxes,
    page: (caller, query = '', mailbox = 'inbox') =>
      started(postern).json(EmailPageSchema, caller, messagesPath(mailbox) + query),
    async paths(caller, mailbox = 'inbox') {
      const { messages } = await stage.page(caller, '?limit=500', mailbox);
      return messages.map(({ id }) => `${messagesPath(mailbox)}/${id}`);
    },
    read: (caller, path) => started(postern).json(EmailSchema, caller, path),
  };
  return stage;
}
