import { describe, expect, it } from 'vitest';
import { rolesOf } from '../../../src/mailbox/session/mailbox-roles.ts';

const mailbox = (path: string, ...flags: string[]) => ({
  path,
  name: path.split('/').at(-1) ?? path,
  depth: path.split('/').length,
  flags: new Set(flags),
  isForeign: path.startsWith('shared/'),
});
const roles = (mailboxes: readonly ReturnType<typeof mailbox>[]) => Object.fromEntries(rolesOf(mailboxes));

describe('rolesOf', () => {
  it('believes the server before it believes a name', () => {
    expect(roles([mailbox('Trash'), mailbox('Bin', '\\Trash')])).toEqual({ trash: 'Bin' });
  });

  it('knows the names that mail programs use, in their languages', () => {
    expect(roles([mailbox('Papierkorb'), mailbox('Отправленные')])).toEqual({
      trash: 'Papierkorb',
      sent: 'Отправленные',
    });
  });

  it('gives each role once, to the mailbox nearest to the top', () => {
    expect(roles([mailbox('Old/2019/Sent'), mailbox('Old/Sent')])).toEqual({ sent: 'Old/Sent' });
  });

  it('gives each mailbox one role', () => {
    expect(roles([mailbox('All', '\\All', '\\Archive')])).toEqual({ all: 'All' });
  });

  it('knows INBOX by its name, and by nothing else', () => {
    expect(roles([mailbox('INBOX'), mailbox('Posteingang', '\\Inbox')])).toEqual({ inbox: 'INBOX' });
  });

  it("throws nothing into a colleague's trash", () => {
    expect(roles([mailbox('shared/ann/Trash', '\\Trash'), mailbox('Trash')])).toEqual({ trash: 'Trash' });
    expect(roles([mailbox('shared/ann/Trash', '\\Trash')])).toEqual({});
  });

  it('gives no role to a name that holds no messages', () => {
    expect(roles([mailbox('Sent', '\\NoSelect'), mailbox('Trash', '\\NonExistent', '\\Trash')])).toEqual({});
  });
});
