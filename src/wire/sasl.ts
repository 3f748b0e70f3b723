/**
 * What is said to prove who one is? (SASL, RFC 4422)
 *
 * The messages of each mechanism as bytes-in-base64, without the protocol around them: that is IMAP's AUTHENTICATE or
 * POP3's AUTH (RFC 5034).
 */
import { Buffer } from 'node:buffer';
import type { LoginAccount } from '../core/account.ts';

export type Mechanism = 'PLAIN' | 'LOGIN' | 'OAUTHBEARER' | 'XOAUTH2';

/** Which of the offered mechanisms to use, the best first for each kind of credential; null when none fits. */
export function chosenMechanism(offered: ReadonlySet<string>, { credential }: LoginAccount): Mechanism | null {
  const preferred: readonly Mechanism[] =
    credential.kind === 'password' ? ['PLAIN', 'LOGIN'] : ['OAUTHBEARER', 'XOAUTH2'];
  return preferred.find((mechanism) => offered.has(mechanism)) ?? null;
}

/** The answer to the server's challenges in turn, in base64; the first is the initial response (RFC 4422 §4.3.a). */
export function responsesOf(mechanism: Mechanism, { server, user, credential }: LoginAccount): readonly string[] {
  const secret = credential.secret.reveal();
  switch (mechanism) {
    // RFC 4616
    case 'PLAIN':
      return [base64(`\0${user}\0${secret}`)];
    // draft-murchison-sasl-login: a question for each, whatever its words
    case 'LOGIN':
      return [base64(user), base64(secret)];
    // RFC 7628 §3.1; what delimits the name in it is escaped (RFC 5801 §4)
    case 'OAUTHBEARER': {
      const name = user.replaceAll('=', '=3D').replaceAll(',', '=2C');
      return [base64(`n,a=${name},\x01host=${server.host}\x01port=${server.port}\x01auth=Bearer ${secret}\x01\x01`)];
    }
    case 'XOAUTH2':
      return [base64(`user=${user}\x01auth=Bearer ${secret}\x01\x01`)];
  }
}

/**
 * What ends an exchange in which the server has refused and explains itself in a challenge: it says -ERR or NO only when
 * that was answered (RFC 7628 §3.2.3; XOAUTH2 wants an empty line). Passwords are not refused so: `*` cancels the exchange
 * (RFC 5034 §4, RFC 9051 §6.2.2).
 */
export function refusalAnswer(mechanism: Mechanism): string {
  switch (mechanism) {
    case 'OAUTHBEARER':
      return base64('\x01');
    case 'XOAUTH2':
      return '';
    case 'PLAIN':
    case 'LOGIN':
      return '*';
  }
}

const base64 = (text: string): string => Buffer.from(text, 'utf8').toString('base64');
