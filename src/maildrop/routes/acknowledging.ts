/**
 * `POST /v1/pop/downloads/ack`: mail leaves the maildrop only when its new owner says that it is safe.
 */
import { createRoute, OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { accountParts } from '../../core/account-parts.ts';
import { Failed, type FieldError } from '../../core/failure.ts';
import { problemOf } from '../../core/problem.ts';
import { open } from '../../core/seal.ts';
import { keyringOf } from '../../http/account-object.ts';
import { type Gateway, unwrapped } from '../../http/context.ts';
import { jsonBody } from '../../http/faults.ts';
import { mailAccount } from '../../http/mail-account.ts';
import { accountSecurity } from '../../http/operation.ts';
import { privateAnswer } from '../../http/pages.ts';
import { mailServerProblems, problemAnswers } from '../../http/problems.ts';
import { refuseInvalid } from '../../http/validation.ts';
import type { NotDeleted } from '../answers.ts';
import { digestKey, idOf, nameOf, serversUidl, splitDigests, uidlDigest } from '../rules.ts';
import { AcknowledgedSchema, AcknowledgeRequestSchema } from '../schema/download.ts';
import { bodyProblems, maildropOf } from './maildrop.ts';

const acknowledge = createRoute({
  method: 'post',
  path: '/v1/pop/downloads/ack',
  operationId: 'acknowledgeDownload',
  tags: ['POP'],
  summary: 'Delete downloaded messages from a POP3 mailbox',
  description:
    'Deletes exactly what the receipt covers, for good. What could not be deleted is told message by message: look into `notDeleted` also when the status is 200. Safe to repeat, as often as needed: nothing is ever deleted that the receipt does not cover.',
  security: accountSecurity,
  middleware: [jsonBody, mailAccount('pop3', 'delete')] as const,
  request: { body: { required: true, content: { 'application/json': { schema: AcknowledgeRequestSchema } } } },
  responses: {
    200: {
      description: 'What was deleted.',
      content: { 'application/json': { schema: AcknowledgedSchema } },
    },
    ...problemAnswers(...mailServerProblems, ...bodyProblems, 'receipt-invalid', 'receipt-expired'),
  },
});

export const acknowledging = new OpenAPIHono<Gateway>({ defaultHook: refuseInvalid }).openapi(
  acknowledge,
  async (c) => {
    const { receipt, ids } = c.req.valid('json');
    const covered = await digestsOf(c, receipt);
    const chosen = ids === undefined ? covered : await chosenOf(covered, ids);
    // An empty maildrop has its receipt too; there is nothing to lock it for.
    if (chosen.length === 0) return c.json({ deleted: 0, alreadyGone: 0, notDeleted: [] }, 200, privateAnswer);
    const { stub, account } = await maildropOf(c);
    const { notDeleted, ...counts } = unwrapped(await stub.delete(account, chosen), c.get('timings'));
    return c.json({ ...counts, notDeleted: notDeleted.map(refusedOf) }, 200, privateAnswer);
  },
);

/** By the id under which it was downloaded, also where others have come to its UIDL since. */
const refusedOf = ({ uidl, failure }: NotDeleted) => ({
  id: idOf({ uidl, occurrence: null }),
  uidl: serversUidl({ uidl }),
  problem: problemOf(failure),
});

async function digestsOf(c: Context<Gateway>, receipt: string): Promise<readonly Uint8Array[]> {
  const owner = accountParts(c.get('account'));
  const opened = await open(keyringOf(c.env), 'receipt', owner, Math.floor(Date.now() / 1000), receipt);
  switch (opened.kind) {
    case 'opened':
      return splitDigests(opened.payload);
    case 'expired':
      throw new Failed({ kind: 'receipt-expired' });
    case 'invalid':
      throw new Failed({ kind: 'receipt-invalid' });
  }
}

/** The digests of `ids`, each of which the receipt has to cover. */
async function chosenOf(covered: readonly Uint8Array[], ids: readonly string[]): Promise<readonly Uint8Array[]> {
  const byKey = new Map(covered.map((digest) => [digestKey(digest), digest]));
  const chosen = new Map<string, Uint8Array>();
  const errors: FieldError[] = [];
  for (const [index, id] of ids.entries()) {
    const name = nameOf(id);
    const key = name === null || name.occurrence !== null ? '' : digestKey(await uidlDigest(name.uidl));
    const digest = byKey.get(key);
    if (digest !== undefined) chosen.set(key, digest);
    else errors.push({ in: 'body', field: `ids.${index}`, message: 'The receipt does not cover this message.' });
  }
  if (errors.length > 0) throw new Failed({ kind: 'request-invalid', errors });
  return [...chosen.values()];
}
