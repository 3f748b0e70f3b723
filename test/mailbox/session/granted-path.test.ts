import { describe, expect, it } from 'vitest';
import type { MailboxName, Role } from '../../../src/mailbox/answers.ts';
import { mailboxIdOf } from '../../../src/mailbox/rules.ts';
import { grantIn } from '../../../src/mailbox/session/granted-path.ts';
import { standingGrant } from '../../../src/mailbox/session/listeners.ts';

const rolePaths = new Map<Role, string>([
  ['archive', 'Old mail'],
  ['sent', 'Sent'],
]);
const [work, sent] = [mailboxIdOf('Work'), mailboxIdOf('Sent')];

/** What the mailbox that may be reached is called; false when it may not. */
function reached(mailboxes: readonly string[] | null, name: MailboxName): string | null | false {
  const granted = grantIn({ mailboxes }, name, 'utf-7', rolePaths);
  if (!granted.ok) expect(granted.failure).toEqual({ kind: 'mailbox-not-granted' });
  return granted.ok ? granted.value : false;
}

describe('a mailbox is granted', () => {
  it.each([
    ['to who may reach all', null, { path: 'Work' }, 'Work'],
    ['to who may reach all, by its role', null, { role: 'archive' }, 'Old mail'],
    ['by its id', [work], { path: 'Work' }, 'Work'],
    ['by its id, and is called by its role', [sent], { role: 'sent' }, 'Sent'],
    ['by its role', ['archive'], { role: 'archive' }, 'Old mail'],
    ['by its role, and is called by its path', ['archive'], { path: 'Old mail' }, 'Old mail'],
    ['by its role, which no mailbox has', ['trash'], { role: 'trash' }, null],
    ['as inbox, in capitals', ['inbox'], { path: 'INBOX' }, 'INBOX'],
    ['as inbox, in whatever letters', ['inbox'], { path: 'iNbOx' }, 'INBOX'],
    ['by an id in small letters, as inbox', [mailboxIdOf('inbox')], { role: 'inbox' }, 'INBOX'],
    ['by the second of two', [sent, work], { path: 'Work' }, 'Work'],
  ] as const)('%s', (_, mailboxes, name, path) => {
    expect(reached(mailboxes, name)).toBe(path);
  });

  it('in one spelling of its name and meant in another', () => {
    // The octets of its name behind a mark, which is how names are told that are no text (mailbox-name.ts).
    const raw = '\uFFFFENTW&APw-rfe';
    expect(reached([mailboxIdOf('ENTWürfe')], { path: raw })).toBe('ENTWürfe');
  });
});

describe('a mailbox is not granted', () => {
  it.each([
    ['beside the one that is', [work], { path: 'Private' }],
    ['in it', [work], { path: 'Work/Private' }],
    ['that it lies in', [mailboxIdOf('Work/Private')], { path: 'Work' }],
    ['whose name begins alike', [work], { path: 'Workshop' }],
    ['in other letters, as only INBOX may be', [work], { path: 'WORK' }],
    ['by a role that it has not', [work], { role: 'archive' }],
    ['by a role that no mailbox has', [work], { role: 'trash' }],
    ['called like a role', ['archive'], { path: 'archive' }],
    ['that had the role once', ['archive'], { path: 'Archive' }],
    ['to nobody', [], { path: 'INBOX' }],
    ['by what is no id', ['Work', 'mb_', 'mb_!', ''], { path: 'Work' }],
    ['in INBOX', ['inbox'], { path: 'INBOX/Private' }],
    ['with a dot that only looks like one', ['inbox'], { path: 'ınbox' }],
  ] as const)('%s', (_, mailboxes, name) => {
    expect(reached(mailboxes, name)).toBe(false);
  });
});

describe('who listens goes on', () => {
  it.each([
    ['for its name, who may reach all', null, [work]],
    ['for its name, to whom it is granted by its id', [sent, work], [work]],
    ['for the roles alone, to whom it is granted by one', ['archive', sent], ['archive', sent]],
  ])('%s', (_, mailboxes, standing) => {
    expect(standingGrant({ scopes: ['read'], mailboxes }, 'Work')).toEqual(standing);
  });

  it('for its name in INBOX, which no role moves away from', () => {
    expect(standingGrant({ scopes: ['read'], mailboxes: ['inbox'] }, 'INBOX')).toEqual([mailboxIdOf('INBOX')]);
  });
});
