/**
 * May somebody who has signed in be sent to this address of an application?
 *
 * Only where the operator says (OAUTH2_RETURN_TO): to an address exactly as it is written there, or, where an origin alone is
 * written, to any address of exactly that origin. An address is safer: an origin may have pages that send people on (RFC 9700
 * §4.1).
 */

/** `allowed`: addresses and origins, apart by commas or spaces. */
export function mayReturnTo(allowed: string, returnTo: string): boolean {
  if (!URL.canParse(returnTo)) return false;
  const url = new URL(returnTo);
  // What is shown as one host and leads to another, and what would be lost or mistaken when a query is added.
  const isPlain =
    url.username === '' && url.password === '' && !returnTo.includes('#') && /^https?:$/.test(url.protocol);
  if (!isPlain || /[^!-~]|\\/.test(returnTo)) return false;
  const entries = allowed.split(/[\s,]+/).filter((entry) => entry !== '');
  return entries.some((entry) => (isOrigin(entry) ? url.origin === new URL(entry).origin : returnTo === entry));
}

const isOrigin = (entry: string): boolean => /^https?:\/\/[^/?#@]+$/.test(entry) && URL.canParse(entry);
