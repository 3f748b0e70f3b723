/**
 * Is -ERR told as what it is, in the words of servers that exist?
 */
import { describe, expect, it } from 'vitest';
import { commandRefused, loginFailureOf } from '../../src/maildrop/session/refusals.ts';
import { Refused } from '../../src/maildrop/session/status-line.ts';

const told = (text: string, capabilities?: readonly string[]) =>
  loginFailureOf(new Refused('PASS', text), capabilities);

describe('a login refused with', () => {
  it.each([
    // Dovecot
    ['[AUTH] Authentication failed.', 'login-refused'],
    ['[SYS/TEMP] Temporary authentication failure. [mx:2026-11-23 03:00:00]', 'login-unavailable'],
    ['[IN-USE] Mailbox is locked by another session', 'maildrop-locked'],
    ['Maximum number of connections from user+IP exceeded (mail_max_userip_connections=10)', 'server-limit-reached'],
    ['[IN-USE] Maximum number of connections from user+IP exceeded', 'server-limit-reached'],
    // Courier
    ['Login failed.', 'login-refused'],
    ['Maximum connection limit reached for 192.0.2.1', 'server-limit-reached'],
    // Cyrus
    ['[AUTH] Invalid login', 'login-refused'],
    ['Too many open connections from this host', 'server-limit-reached'],
    ['[IN-USE] Unable to lock maildrop: Mailbox is locked by POP server', 'maildrop-locked'],
    // Gmail
    [
      '[AUTH] Application-specific password required: https://support.google.com/accounts/answer/185833',
      'login-refused',
    ],
    ['[SYS/PERM] Your account is not enabled for POP access. Please visit your Gmail settings page', 'command-refused'],
    ['[SYS/TEMP] Temporary system problem. Please try again later.', 'login-unavailable'],
    // Outlook.com and Exchange
    ['Logon failure: unknown user name or bad password.', 'login-refused'],
    ['Authentication failure: unknown user name or bad password.', 'login-refused'],
    [
      'Exceeded the login limit for a 15 minute period. Reduce the frequency of requests to the POP3 server.',
      'server-limit-reached',
    ],
    ['login allowed only every 15 minutes', 'server-limit-reached'],
    ['Server Unavailable. 21', 'login-unavailable'],
    // Yahoo
    ['[AUTH] (#MBR1212) Incorrect username or password.', 'login-refused'],
    ['[SYS/TEMP] Server error - Please try again later.', 'login-unavailable'],
    // qpopper, popa3d, mailutils, UW
    ['[IN-USE] /var/mail/.ada.pop lock busy!  Is another session active? (11)', 'maildrop-locked'],
    ['/var/mail/.ada.pop lock busy!  Is another session active? (11)', 'maildrop-locked'],
    ['[SYS/TEMP] Mailbox locked by another process', 'login-unavailable'],
    ['Mailbox locked by another process', 'maildrop-locked'],
    ['maildrop already locked', 'maildrop-locked'],
    ['Authentication failed (bad password?)', 'login-refused'],
    ['Bad login', 'login-refused'],
    // Of nobody in particular
    ['[LOGIN-DELAY] minimum time between mailbox access violation', 'login-unavailable'],
    ['Server busy, try again later', 'login-unavailable'],
    ['Your account has been locked', 'login-refused'],
    ['[AUTH] too many connections', 'login-refused'],
    ['[LIMIT] slow down', 'server-limit-reached'],
    ['[BOFH] go away', 'login-refused'],
    ['', 'login-refused'],
  ])('%j is %s', (text, kind) => {
    expect(told(text).kind).toBe(kind);
  });

  it.each([
    [['LOGIN-DELAY 180'], 180],
    [['LOGIN-DELAY 240 USER'], 240],
    [['LOGIN-DELAY 99999999'], 86_400],
    [['LOGIN-DELAY soon'], 30],
    [['LOGIN-DELAY -5'], 30],
    [['LOGIN-DELAY'], 30],
    [['LOGIN-DELAYED 5'], 30],
    [[], 30],
  ])('[LOGIN-DELAY] by a server that announces %j is to be tried again in %d s', (capabilities, seconds) => {
    expect(told('[LOGIN-DELAY] wait', capabilities)).toEqual({
      kind: 'login-unavailable',
      responseCode: 'LOGIN-DELAY',
      retryAfterSeconds: seconds,
    });
  });

  it('[SYS/PERM] is neither the password nor over soon', () => {
    expect(told('[SYS/PERM] POP3 is switched off')).toEqual({
      kind: 'command-refused',
      command: 'PASS',
      responseCode: 'SYS/PERM',
    });
  });

  it('whose limit it was, and by which code', () => {
    expect(told('[SYS/TEMP] Too many simultaneous connections')).toEqual({
      kind: 'server-limit-reached',
      limitedBy: 'mail-server',
      responseCode: 'SYS/TEMP',
      retryAfterSeconds: 60,
    });
  });

  it('that it came too soon, in words alone, is to be tried again when the delay that CAPA announces is over', () => {
    const text = 'login allowed only every 15 minutes';
    expect(told(text, ['LOGIN-DELAY 900'])).toMatchObject({ kind: 'server-limit-reached', retryAfterSeconds: 900 });
    expect(told(text, ['LOGIN-DELAY 10'])).toMatchObject({ kind: 'server-limit-reached', retryAfterSeconds: 60 });
  });
});

describe('a command refused', () => {
  it.each([
    ['RETR', '[SYS/TEMP] later', 'server-busy'],
    ['DELE', '[IN-USE] later', 'server-busy'],
    ['TOP', '[SYS/PERM] never', 'command-refused'],
    ['RETR', 'no such message', 'command-refused'],
    // Some may be deleted, so it can't be said that nothing was changed.
    ['QUIT', '[SYS/TEMP] some deleted messages not removed', 'command-refused'],
  ])('%s with %j is %s', (command, text, kind) => {
    expect(commandRefused(new Refused(command, text))).toMatchObject({ kind, command });
  });
});
