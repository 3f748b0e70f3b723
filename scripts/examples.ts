/**
 * What can one ask a running Postern, and what does it answer?
 *
 * The calls that `npm start` shows, as `curl` lines to paste and as what came back when we asked the same ourselves.
 */

import { Buffer } from 'node:buffer';
import type { MailUser } from './mail-server/dovecot.ts';
import type { MailPorts } from './mail-server/dovecot-config.ts';

export interface Example {
  readonly title: string;
  /** Left out where the body says it, or nobody's mail is asked for. */
  readonly account?: MailUser & { readonly mailServer: string };
  readonly path: string;
  /** Makes it a POST. */
  readonly body?: string;
  /** It asks others on the Internet, which is for whoever pastes it to begin. */
  readonly asksOthers?: boolean;
}

export function demoExamples(ports: MailPorts, imap: MailUser, pop: MailUser): Example[] {
  const atImap = { ...imap, mailServer: `imaps://localhost:${ports.imaps}` };
  const atPop = { ...pop, mailServer: `pop3s://localhost:${ports.pop3s}` };
  return [
    {
      account: atImap,
      title: 'The two newest messages of a mailbox, by IMAP',
      path: '/v1/imap/mailboxes/inbox/messages?limit=2',
    },
    { account: atPop, title: 'Two messages of a maildrop, by POP3', path: '/v1/pop/messages?limit=2&headers=true' },
    {
      account: atPop,
      title: 'Download one, and a receipt with which it may be deleted (nothing is, until you send it back)',
      path: '/v1/pop/downloads',
      body: '{"limit":1}',
    },
    {
      title:
        'A capsule that may read for an hour: send it as "Authorization: Bearer pstn_..." in the place of all that',
      path: '/v1/accounts',
      body: JSON.stringify({ server: atImap.mailServer, ...imap, scopes: ['read'], expiresInSeconds: 3600 }),
    },
    {
      title: 'The servers of an address, and whether POP or IMAP suits (asks the domain, the DNS and Thunderbird)',
      path: '/v1/discover',
      body: '{"email":"you@gmail.com","answers":{"devices":"several"}}',
      asksOthers: true,
    },
  ];
}

/** For a POSIX shell. Nothing in an example has a quote of its own. */
export function curlOf({ account, path, body }: Example, url: string): string {
  const whose = account && `-u '${account.user}:${account.password}' -H 'Mail-Server: ${account.mailServer}'`;
  const data = body && `-H 'Content-Type: application/json' -d '${body}'`;
  return ['curl', whose, data, `'${url}${path}'`].filter((part) => part !== undefined).join(' ');
}

/** How much of an answer is shown: three lines of about a terminal's width. */
const SHOWN_LINES = 3;
const SHOWN_LENGTH = 150;

/** The first lines of what the server answers to it now. */
export async function answerTo({ account, path, body }: Example, url: string): Promise<string[]> {
  const headers = { ...(account && headersOf(account)), ...(body && { 'content-type': 'application/json' }) };
  const answer = await fetch(`${url}${path}`, body === undefined ? { headers } : { method: 'POST', body, headers });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${text}`);
  return text
    .trimEnd()
    .split('\n')
    .slice(0, SHOWN_LINES)
    .map((line) => (line.length > SHOWN_LENGTH ? `${line.slice(0, SHOWN_LENGTH)} …` : line));
}

function headersOf({ user, password, mailServer }: NonNullable<Example['account']>): Record<string, string> {
  const credential = Buffer.from(`${user}:${password}`).toString('base64');
  return { authorization: `Basic ${credential}`, 'mail-server': mailServer };
}
