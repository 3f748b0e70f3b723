/**
 * Calls that are fuzzed: mailboxes, and how much room there is.
 */

import { mailboxIdOf } from '../../src/mailbox/rules.ts';
import { MailboxesSchema, MailboxSchema } from '../../src/mailbox/schema/mailbox.ts';
import { QuotasSchema } from '../../src/mailbox/schema/quota.ts';
import { allSaid } from './fuzz-claims.ts';
import { confirmed, json, list, member, repeated, type Untitled } from './fuzz-operation.ts';
import type { FuzzCase } from './fuzz-server.ts';

const path = '/v1/imap/mailboxes';
const pine = `${path}/${mailboxIdOf('Pine')}`;

/** Each once, and with numbers that the server has said. */
function mailboxes({ connections }: FuzzCase, body: Uint8Array): string[] {
  const listed = list(member(json(body), 'mailboxes'));
  const said = new Set(allSaid(connections).match(/\d+/g)?.map(Number));
  const numbers = listed.flatMap((mailbox) =>
    ['totalEmails', 'unreadEmails', 'size'].map((name) => member(mailbox, name)),
  );
  return [
    ...repeated(listed.map((mailbox) => member(mailbox, 'id'))),
    ...numbers
      .filter((number) => typeof number === 'number' && !said.has(number))
      .map((number) => `${number} was never told`),
  ];
}

function quotas({ connections }: FuzzCase, body: Uint8Array): string[] {
  const said = new Set(allSaid(connections).match(/\d+/g)?.map(Number));
  const isSaid = (number: number): boolean => said.has(number) || said.has(number / 1024);
  return list(member(json(body), 'quotas'))
    .flatMap((quota) => [Number(member(quota, 'used')), Number(member(quota, 'hardLimit'))])
    .filter((number) => !isSaid(number))
    .map((number) => `${number} was never told`);
}

/** Dovecot without its plug-ins knows neither. */
const taught = {
  capabilities: 'ACL QUOTA RIGHTS=texk',
  answer(command: string): string | null {
    const [, verb = '', mailbox = ''] = /^(MYRIGHTS|GETQUOTAROOT) (.*)$/.exec(command) ?? [];
    if (verb === 'MYRIGHTS') return `* MYRIGHTS ${mailbox} lrwstipekxa\r\n`;
    if (verb !== 'GETQUOTAROOT') return null;
    return `* QUOTAROOT ${mailbox} "User quota"\r\n* QUOTA "User quota" (STORAGE 117 512 MESSAGE 23 1000)\r\n`;
  },
};

export const mailboxOperations: readonly Untitled[] = [
  {
    name: 'mailboxes',
    request: () => ({ path }),
    schema: MailboxesSchema,
    complaints: (fuzzCase, _target, body) => mailboxes(fuzzCase, body),
  },
  {
    name: 'mailboxes with everything',
    taught,
    request: () => ({ path: `${path}?include=size,myRights` }),
    schema: MailboxesSchema,
    complaints: (fuzzCase, _target, body) => mailboxes(fuzzCase, body),
  },
  {
    name: 'quota',
    taught,
    request: () => ({ path: '/v1/imap/quota' }),
    schema: QuotasSchema,
    complaints: (fuzzCase, _target, body) => quotas(fuzzCase, body),
  },
  {
    name: 'new mailbox',
    request: () => ({ path, body: { name: 'Pine' } }),
    changes: /^(CREATE|SUBSCRIBE) .*Pine"?$/,
    schema: MailboxSchema,
    complaints: confirmed(/^CREATE .*Pine/),
  },
  {
    name: 'new name of a mailbox',
    prepare: () => ({ path, body: { name: 'Pine' } }),
    request: () => ({ path: pine, method: 'PATCH', body: { name: 'Oak' } }),
    changes: /^(RENAME "?Pine"? "?Oak"?|SUBSCRIBE "?Oak|UNSUBSCRIBE "?Pine)/,
    schema: MailboxSchema,
    complaints: confirmed(/^RENAME "?Pine"? "?Oak/),
  },
  {
    name: 'deleted mailbox',
    prepare: () => ({ path, body: { name: 'Pine' } }),
    request: () => ({ path: pine, method: 'DELETE' }),
    changes: /^(DELETE|UNSUBSCRIBE) "?Pine"?/,
    complaints: confirmed(/^DELETE "?Pine/),
  },
];
