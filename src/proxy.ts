/**
 * Entry of the proxy Worker: exports the Durable Object classes that hold the mail sessions, and the one that counts.
 *
 * Nobody reaches it over HTTP; the gateway calls its objects by RPC.
 */
export { MailboxConnection } from './mailbox/object.ts';
export { MaildropConnection } from './maildrop/object.ts';
export { RateMeter } from './wire/rate-meter.ts';

export default {
  fetch: () => new Response(null, { status: 404 }),
} satisfies ExportedHandler;
