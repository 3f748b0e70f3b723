/**
 * Real mail servers for tests, and callers of Postern who have an account there.
 */
import { Buffer } from 'node:buffer';
import { type Dovecot, type DovecotOptions, type MailUser, startDovecot } from '../../scripts/mail-server/dovecot.ts';
import { canaryPassword, canarySubject } from './canary.ts';
import type { Caller } from './postern.ts';

export type Security = 'implicit TLS' | 'STARTTLS' | 'cleartext';
export const encrypted = ['implicit TLS', 'STARTTLS'] as const;

export interface MailHost {
  readonly dovecot: Dovecot;
  /** A caller with a fresh, empty account of its own. */
  caller(protocol: 'imap' | 'pop3', security?: Security): Promise<Caller>;
  /** The same account by another protocol or way. */
  as(caller: Caller, protocol: 'imap' | 'pop3', security?: Security): Caller;
  stop(): Promise<void>;
}

export async function startMailHost(options: Omit<DovecotOptions, 'users'> = {}): Promise<MailHost> {
  // Made beforehand: a server that runs takes up to a second to see one more.
  const prepared = Array.from({ length: 100 }, (_, index) => accountOf(index + 1));
  const dovecot = await startDovecot({ ...options, users: prepared });
  let count = 0;
  const serverOf = (protocol: 'imap' | 'pop3', security: Security): string => {
    const { ports } = dovecot;
    if (security === 'implicit TLS')
      return `${protocol}s://localhost:${protocol === 'imap' ? ports.imaps : ports.pop3s}`;
    const url = `${protocol}://localhost:${protocol === 'imap' ? ports.imap : ports.pop3}`;
    return security === 'cleartext' ? `${url}?security=none` : url;
  };
  return {
    dovecot,
    async caller(protocol, security = 'implicit TLS') {
      count += 1;
      const { user, password } = accountOf(count);
      if (count > prepared.length) await dovecot.addUser(user, password);
      return { user, password, mailServer: serverOf(protocol, security) };
    },
    as: (caller, protocol, security = 'implicit TLS') => ({ ...caller, mailServer: serverOf(protocol, security) }),
    stop: () => dovecot.stop(),
  };
}

const accountOf = (number: number): MailUser => ({
  user: `user${number}@postern.example`,
  password: `${canaryPassword}-${number}`,
});

/** A small message, told apart by `label`. */
export const letter = (label: string, body = `This is ${label}.`): Uint8Array =>
  Buffer.from(
    [
      'From: Grace Weaver <grace@weaver.example>',
      'To: ada@postern.example',
      `Subject: ${canarySubject} ${label}`,
      'Date: Mon, 16 Nov 2026 09:30:00 +0100',
      `Message-ID: <${label}@weaver.example>`,
      'MIME-Version: 1.0',
      'Content-Type: text/plain; charset=utf-8',
      '',
      body,
      '',
    ].join('\r\n'),
  );
