/**
 * What can one ask a running Postern, and what does it answer?
 *
 * The calls that `npm start` shows, as `curl` lines to paste and as what came back when we asked the same ourselves.
 */

import { Buffer } from 'node:buffer';
import type { MailUser } from './mail-server/dovecot.ts';
import type { MailPorts } from './mail-server/dovecot-config.ts';

export type ExampleAccount = MailUser & { readonly mailServer: string };

export interface Example {
  readonly title: string;
  /** Left out where the body says it, or nobody's mail is asked for. */
  readonly account?: ExampleAccount;
  readonly path: string;
  /** Makes it a POST. */
  readonly body?: string;
  /** Makes it a POST of a message, which is written as `printf` reads it. */
  readonly message?: string;
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

/** Told of new mail: nothing that is shown as an answer, since it changes something, and is for whoever pastes it to begin. */
export function webhookExamples(
  account: ExampleAccount,
  receiver: { readonly url: string; readonly secret: string },
  pollSeconds: number,
): Example[] {
  return [
    {
      account,
      title: 'Webhooks: the terminal that Postern runs in is told of new mail, within seconds ...',
      path: '/v1/subscriptions',
      body: JSON.stringify({ ...receiver, pollSeconds }),
    },
    {
      account,
      title: '... such as this message, which is put into the mailbox',
      path: '/v1/imap/mailboxes/inbox/messages',
      message: 'From: Grace <grace@weaver.example>\\r\\nSubject: It works\\r\\n\\r\\nHello.\\r\\n',
    },
  ];
}

/** For a POSIX shell. Nothing in an example has a quote of its own. */
export function curlOf({ account, path, body, message }: Example, url: string): string {
  const whose = account && `-u '${account.user}:${account.password}' -H 'Mail-Server: ${account.mailServer}'`;
  const data = body && `-H 'Content-Type: application/json' -d '${body}'`;
  const sent = message && "-H 'Content-Type: message/rfc822' --data-binary @-";
  const line = ['curl', whose, data, sent, `'${url}${path}'`].filter((part) => part !== undefined).join(' ');
  return message === undefined ? line : `printf '${message}' | ${line}`;
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

export function headersOf({ user, password, mailServer }: ExampleAccount): Record<string, string> {
  const credential = Buffer.from(`${user}:${password}`).toString('base64');
  return { authorization: `Basic ${credential}`, 'mail-server': mailServer };
}
