/**
 * What does a server say that it can do? (CAPA, RFC 2449 §6)
 *
 * Asked once, behind TLS and before the login. RFC 2449 lets a server change its mind at the login for LOGIN-DELAY, EXPIRE
 * and USER alone, of which nothing here depends on the last two; to ask again would cost every session a round trip. Only
 * whoever wants to know them asks again, and only where they are told to be another for each user.
 */
import type { MaildropPolicy } from '../answers.ts';

const maxCapabilities = 100;

/** RFC 2449 §3: at most 512 octets, of characters that print. */
const capabilityPattern = /^[\x21-\x7e][\x20-\x7e]{0,509}$/;

/** The lines of an answer to CAPA, each a name in capitals and its arguments. What no capability can be is left out. */
export const capabilitiesIn = (text: string): readonly string[] =>
  text
    .split('\r\n')
    .filter((line) => capabilityPattern.test(line))
    .slice(0, maxCapabilities)
    .map((line) => {
      const [name = '', ...rest] = line.trim().split(/ +/);
      return [name.toUpperCase(), ...rest].join(' ');
    });

/** The arguments of one capability, in capitals; null when the server does not announce it. */
export function argumentsOf(capabilities: readonly string[], name: string): readonly string[] | null {
  const line = capabilities.find((capability) => capability.split(' ', 1)[0] === name);
  return line === undefined ? null : line.toUpperCase().split(' ').slice(1);
}

export const hasCapability = (capabilities: readonly string[], name: string): boolean =>
  argumentsOf(capabilities, name) !== null;

/** A day: no server means more, and a number has to end somewhere. */
const longestDelaySeconds = 86_400;

/** How long a server wants between two logins (LOGIN-DELAY, RFC 2449 §6.5); null when it does not say. */
export function loginDelaySeconds(capabilities: readonly string[]): number | null {
  const [seconds = ''] = argumentsOf(capabilities, 'LOGIN-DELAY') ?? [];
  return /^[1-9]\d{0,9}$/.test(seconds) ? Math.min(Number(seconds), longestDelaySeconds) : null;
}

const longestExpiryDays = 36_500;

/** What the server does to mail that is left there, and to those who come often (RFC 2449 §6.5, §6.7). */
export function policyIn(capabilities: readonly string[]): MaildropPolicy {
  const [days = ''] = argumentsOf(capabilities, 'EXPIRE') ?? [];
  const expiresAfterDays = /^\d{1,9}$/.test(days) ? Math.min(Number(days), longestExpiryDays) : null;
  const expires = days === 'NEVER' ? 'never' : expiresAfterDays === null ? 'not-told' : 'after-days';
  return { expires, expiresAfterDays, loginDelaySeconds: loginDelaySeconds(capabilities) };
}

/** Whether that is another for each user, and is told when it is known who asks. */
export const isPolicyPerUser = (capabilities: readonly string[]): boolean =>
  ['EXPIRE', 'LOGIN-DELAY'].some((name) => argumentsOf(capabilities, name)?.[1] === 'USER');
