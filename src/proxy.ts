/**
 * Entry of the proxy Worker: exports the Durable Object classes that hold the mail sessions, the one that watches for news, the one
 * that counts, and what looks at a mail server without a session.
 *
 * Nobody reaches it over HTTP; the gateway calls by RPC.
 */
export { MailboxConnection } from './mailbox/object.ts';
export { MaildropConnection } from './maildrop/object.ts';
export { Watcher } from './watch/object.ts';
export { Probe } from './wire/probe.ts';
export { RateMeter } from './wire/rate-meter.ts';

export default {
  fetch: () => new Response(null, { status: 404 }),
} satisfies ExportedHandler;
