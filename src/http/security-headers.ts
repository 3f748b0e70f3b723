/**
 * What does every answer tell a browser about itself, so that nothing of it is run, framed or told on?
 *
 * A part that says something stricter, or needs something else for its page, has said so before: only what is missing is added.
 */

const everywhere = {
  'X-Content-Type-Options': 'nosniff',
  // Ids of messages and names of mailboxes are in addresses.
  'Referrer-Policy': 'no-referrer',
  // No answer is a page that anybody has to show inside of another.
  'X-Frame-Options': 'DENY',
  'Content-Security-Policy': "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  // For what is loaded without CORS, as by <img>; those whom the operator allows ask with CORS, to which this does not apply.
  'Cross-Origin-Resource-Policy': 'same-origin',
} as const;

/** A year. For this host alone: what is below it is not ours to promise. */
const transport = { 'Strict-Transport-Security': 'max-age=31536000' } as const;

/** Those of them that `headers` lacks. In development there is no HTTPS to come back by. */
export function missingSecurityHeaders(headers: Headers, development: boolean): [name: string, value: string][] {
  const wanted = { ...everywhere, ...(development ? {} : transport) };
  return Object.entries(wanted).filter(([name]) => !headers.has(name));
}
