/**
 * What does somebody see who signed in without an application?
 *
 * The capsule, to be copied. No script, nothing from elsewhere, kept by nobody; and everything in it that somebody else wrote is
 * escaped.
 */
import { html } from 'hono/html';
import type { MintedCapsule } from '../account/mint.ts';

/** Of every answer of the callback: its address has the provider's code in it. */
export const pageHeaders = {
  'Cache-Control': 'no-store',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'Content-Security-Policy':
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
} as const;

export const capsulePage = ({ token, expiresAt, account, access }: MintedCapsule) => html`<!doctype html>
<html lang="en">
<meta charset="utf-8" />
<meta name="viewport" content="width=device-width" />
<meta name="robots" content="noindex" />
<title>Signed in</title>
<style>
  body { font: 1rem/1.6 system-ui, sans-serif; max-width: 36rem; margin: 3rem auto; padding: 0 1rem; color: #1c2230; }
  textarea { width: 100%; height: 10rem; font: 0.85rem/1.4 ui-monospace, monospace; box-sizing: border-box; }
  @media (prefers-color-scheme: dark) { body { background: #14171d; color: #e4e7ee; } textarea { background: #262b35; color: inherit; } }
</style>
<h1>Signed in</h1>
<p>This token stands for the mail of <strong>${account.user}</strong> at ${account.server.host}, until ${expiresAt}.
It allows: ${access.scopes.join(', ')}. Whoever has it can do that, so keep it as you would keep a password. It is shown this once.</p>
<p><label for="token">Token, to be sent as <code>Authorization: Bearer …</code></label></p>
<textarea id="token" readonly autocomplete="off" spellcheck="false">${token}</textarea>
</html>`;
