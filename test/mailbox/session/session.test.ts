import { describe, expect, it } from 'vitest';
import { ImapClient } from '../../../src/mailbox/session/imapflow.ts';
import { ImapSession } from '../../../src/mailbox/session/session.ts';

function sessionWith(...names: string[]): ImapSession {
  const client = new ImapClient({ host: 'mail.example', port: 993, logger: false }, async () => undefined);
  for (const name of names) client.capabilities.set(name, true);
  Object.assign(client, { rawCapabilities: [null, ...names.map((value) => ({ type: 'ATOM', value }))] });
  return new ImapSession(client, () => null);
}

describe('a session', () => {
  it('tells what the server can do in its own words, sorted, each once', () => {
    expect(sessionWith('IMAP4rev1', 'UIDPLUS', 'AUTH=PLAIN', 'UIDPLUS').capabilities).toEqual([
      'AUTH=PLAIN',
      'IMAP4rev1',
      'UIDPLUS',
    ]);
  });

  it('is alone on a server that keeps changes to the session, which has no UIDPLUS', () => {
    expect(sessionWith('IMAP4rev1').mostSessions).toBe(1);
    expect(sessionWith('IMAP4rev1', 'UIDPLUS').mostSessions).toBeNull();
    expect(sessionWith('IMAP4rev1', 'IMAP4rev2').mostSessions).toBeNull();
  });

  it('writes names in UTF-8 with a server of IMAP4rev2 alone', () => {
    expect(sessionWith('IMAP4rev2').nameEncoding).toBe('utf-8');
    expect(sessionWith('IMAP4rev1', 'IMAP4rev2', 'UTF8=ACCEPT').nameEncoding).toBe('utf-7');
  });
});
