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
  readonly account: MailUser;
  readonly mailServer: string;
  readonly path: string;
  /** Makes it a POST. */
  readonly body?: string;
}

export function demoExamples(ports: MailPorts, imap: MailUser, pop: MailUser): Example[] {
  const atImap = { account: imap, mailServer: `imaps://localhost:${ports.imaps}` };
  const atPop = { account: pop, mailServer: `pop3s://localhost:${ports.pop3s}` };
  return [
    {
      ...atImap,
      title: 'The two newest messages of a mailbox, by IMAP',
      path: '/v1/imap/mailboxes/inbox/messages?limit=2',
    },
    { ...atPop, title: 'Two messages of a maildrop, by POP3', path: '/v1/pop/messages?limit=2&headers=true' },
    {
      ...atPop,
      title: 'Download one, and a receipt with which it may be deleted (nothing is, until you send it back)',
      path: '/v1/pop/downloads',
      body: '{"limit":1}',
    },
  ];
}

/** For a POSIX shell. Nothing in an example has a quote of its own. */
export function curlOf({ account, mailServer, path, body }: Example, url: string): string {
  const data = body === undefined ? '' : ` -H 'Content-Type: application/json' -d '${body}'`;
  return `curl -u '${account.user}:${account.password}' -H 'Mail-Server: ${mailServer}'${data} '${url}${path}'`;
}

/** How much of an answer is shown: three lines of about a terminal's width. */
const SHOWN_LINES = 3;
const SHOWN_LENGTH = 150;

/** The first lines of what the server answers to it now. */
export async function answerTo({ account, mailServer, path, body }: Example, url: string): Promise<string[]> {
  const credential = Buffer.from(`${account.user}:${account.password}`).toString('base64');
  const headers = { authorization: `Basic ${credential}`, 'mail-server': mailServer };
  const answer = await fetch(
    `${url}${path}`,
    body === undefined
      ? { headers }
      : { method: 'POST', body, headers: { ...headers, 'content-type': 'application/json' } },
  );
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${text}`);
  return text
    .trimEnd()
    .split('\n')
    .slice(0, SHOWN_LINES)
    .map((line) => (line.length > SHOWN_LENGTH ? `${line.slice(0, SHOWN_LENGTH)} …` : line));
}
