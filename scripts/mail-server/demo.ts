/**
 * Which mail does one see who has just started Postern?
 *
 * A real mail server with the demo mailbox in it: one account for IMAP, with folders, and one for POP3, where all of the
 * same mail lies in the only place that POP3 knows.
 */

import { demoMailboxes, demoMessages } from '../demo/messages.ts';
import { type Dovecot, type DovecotOptions, type MailUser, startDovecot } from './dovecot.ts';

export interface DemoMail {
  readonly server: Dovecot;
  readonly imap: MailUser;
  readonly pop: MailUser;
  stop(): Promise<void>;
}

// Printed for everyone to paste: they protect made-up mail on the loopback address of the machine that made it up.
const IMAP_USER: MailUser = { user: 'ada@postern.example', password: 'lovelace' };
const POP_USER: MailUser = { user: 'spool@postern.example', password: 'lovelace' };

/** Starts the server and fills it. Folders that the server makes by itself are left to it. */
export async function startDemoMail(options: Omit<DovecotOptions, 'users'> & { now?: Date } = {}): Promise<DemoMail> {
  const { now = new Date(), ...dovecotOptions } = options;
  const server = await startDovecot({ ...dovecotOptions, users: [IMAP_USER, POP_USER] });
  try {
    await server.createMailboxes(
      IMAP_USER.user,
      demoMailboxes.filter((mailbox) => !server.ownMailboxes.includes(mailbox)),
    );
    // One after the other: the order of delivery is the order of the UIDs.
    for (const { mailbox, bytes, flags, receivedAt } of demoMessages(now)) {
      await server.deliver(IMAP_USER.user, mailbox, bytes, { flags, receivedAt });
      await server.deliver(POP_USER.user, 'INBOX', bytes, { receivedAt });
    }
    return { server, imap: IMAP_USER, pop: POP_USER, stop: () => server.stop() };
  } catch (error) {
    await server.stop();
    throw error;
  }
}
