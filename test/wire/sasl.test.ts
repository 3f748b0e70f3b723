/**
 * Is each mechanism spoken as its document has it, and the right one chosen?
 */
import { describe, expect, it } from 'vitest';
import { fullAccess } from '../../src/core/access.ts';
import type { LoginAccount } from '../../src/core/account.ts';
import { Secret } from '../../src/core/secret.ts';
import { chosenMechanism, type Mechanism, refusalAnswer, responsesOf } from '../../src/wire/sasl.ts';

const accountOf = (user: string, secret: string, kind: 'password' | 'access-token' = 'password'): LoginAccount => ({
  server: { protocol: 'imap', host: 'server.example.com', port: 143, security: 'starttls' },
  user,
  credential: { kind, secret: new Secret(secret) },
  access: fullAccess,
});

const decoded = (mechanism: Mechanism, account: LoginAccount): string[] =>
  responsesOf(mechanism, account).map((response) => Buffer.from(response, 'base64').toString());

describe('PLAIN', () => {
  it('is what RFC 4616 §4 has, with no authorization identity', () => {
    expect(decoded('PLAIN', accountOf('tim', 'tanstaaftanstaaf'))).toEqual(['\0tim\0tanstaaftanstaaf']);
    expect(responsesOf('PLAIN', accountOf('tim', 'tanstaaftanstaaf'))).toEqual(['AHRpbQB0YW5zdGFhZnRhbnN0YWFm']);
  });

  it('is in UTF-8', () => {
    expect(decoded('PLAIN', accountOf('møller', 'pässwörd €'))).toEqual(['\0møller\0pässwörd €']);
  });
});

it('LOGIN answers with the user and then the password', () => {
  expect(responsesOf('LOGIN', accountOf('tim', 'tanstaaf'))).toEqual(['dGlt', 'dGFuc3RhYWY=']);
});

describe('OAUTHBEARER', () => {
  const token = 'vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==';

  it('is what RFC 7628 §4.1 has', () => {
    const account = accountOf('user@example.com', token, 'access-token');
    // The document's own base64, without its line breaks.
    const inDocument =
      'bixhPXVzZXJAZXhhbXBsZS5jb20sAWhvc3Q9c2VydmVyLmV4YW1wbGUuY29tAXBvcnQ9MTQzAWF1dGg9QmVhcmVyIHZGOWRmdDRxbVRjMk52YjNSbGNrQmhiSFJoZG1semRHRXVZMjl0Q2c9PQEB';
    expect(responsesOf('OAUTHBEARER', account)).toEqual([inDocument]);
  });

  it('escapes what would end the name (RFC 5801 §4)', () => {
    const [message] = decoded('OAUTHBEARER', accountOf('a=b,c', token, 'access-token'));
    expect(message?.split('\x01')[0]).toBe('n,a=a=3Db=2Cc,');
  });

  it('acknowledges an explained refusal with a lone 0x01 (RFC 7628 §3.2.3)', () => {
    expect(refusalAnswer('OAUTHBEARER')).toBe('AQ==');
  });
});

describe('XOAUTH2', () => {
  it("is what Google's document has", () => {
    const account = accountOf('someuser@example.com', 'ya29.vF9dft4qmTc2Nvb3RlckBhdHRhdmlzdGEuY29tCg', 'access-token');
    expect(responsesOf('XOAUTH2', account)).toEqual([
      'dXNlcj1zb21ldXNlckBleGFtcGxlLmNvbQFhdXRoPUJlYXJlciB5YTI5LnZGOWRmdDRxbVRjMk52YjNSbGNrQmhkSFJoZG1semRHRXVZMjl0Q2cBAQ==',
    ]);
  });

  it('acknowledges an explained refusal with an empty line', () => {
    expect(refusalAnswer('XOAUTH2')).toBe('');
  });
});

describe('what is chosen', () => {
  const all = ['XOAUTH2', 'LOGIN', 'CRAM-MD5', 'PLAIN', 'OAUTHBEARER', 'GSSAPI'];
  const choices: readonly (readonly ['password' | 'access-token', readonly string[], Mechanism | null])[] = [
    ['password', all, 'PLAIN'],
    ['password', ['LOGIN', 'XOAUTH2'], 'LOGIN'],
    ['password', ['XOAUTH2', 'OAUTHBEARER', 'GSSAPI'], null],
    ['password', [], null],
    ['access-token', all, 'OAUTHBEARER'],
    ['access-token', ['PLAIN', 'XOAUTH2'], 'XOAUTH2'],
    ['access-token', ['PLAIN', 'LOGIN'], null],
    ['access-token', [], null],
  ];
  it.each(choices)('for a %s where there is %j is %s', (kind, offered, chosen) => {
    expect(chosenMechanism(new Set(offered), accountOf('ada', 'x', kind))).toBe(chosen);
  });
});

it.each(['PLAIN', 'LOGIN'] as const)('%s cancels an exchange that asks for more than there is', (mechanism) => {
  expect(refusalAnswer(mechanism)).toBe('*');
});
