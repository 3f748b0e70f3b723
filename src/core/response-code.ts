/**
 * Why does a mail server refuse, in words that mean the same on every server?
 *
 * The response codes that RFCs define. A closed list: whatever else stands between the brackets is a server's own text, which
 * may quote anything, and goes no further.
 */
export const responseCodes = [
  // RFC 9051 §7.1
  'ALERT',
  'ALREADYEXISTS',
  'AUTHENTICATIONFAILED',
  'AUTHORIZATIONFAILED',
  'BADCHARSET',
  'CANNOT',
  'CLIENTBUG',
  'CONTACTADMIN',
  'CORRUPTION',
  'EXPIRED',
  'EXPUNGEISSUED',
  'HASCHILDREN',
  'INUSE',
  'LIMIT',
  'NONEXISTENT',
  'NOPERM',
  'OVERQUOTA',
  'PARSE',
  'PRIVACYREQUIRED',
  'READ-ONLY',
  'SERVERBUG',
  'TRYCREATE',
  'UIDNOTSTICKY',
  'UNAVAILABLE',
  'UNKNOWN-CTE',
  // RFC 6154
  'USEATTR',
  // RFC 7889, RFC 4469
  'TOOBIG',
  // RFC 2449 §8, RFC 3206, RFC 6856
  'AUTH',
  'IN-USE',
  'LOGIN-DELAY',
  'SYS/PERM',
  'SYS/TEMP',
  'UTF8',
  // Of no RFC, but of Gmail and Exchange
  'THROTTLED',
  'WEBALERT',
] as const;

export type ResponseCode = (typeof responseCodes)[number];

/** The code that `text` is, in any case; null when no RFC has it. */
export const responseCodeFrom = (text: string): ResponseCode | null =>
  responseCodes.find((code) => code === text.toUpperCase()) ?? null;
