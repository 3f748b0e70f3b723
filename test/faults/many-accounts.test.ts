/**
 * A hundred accounts at once, by both protocols: does anybody get to see anything of anybody else's?
 *
 * Every message bears the mark of its account wherever a message can bear one, and every answer is looked through for
 * marks. Some knock with a wrong password, or with somebody else's.
 */
import { Buffer } from 'node:buffer';
import { expect, it } from 'vitest';
import { EmailPageSchema } from '../../src/mailbox/schema/page.ts';
import { MaildropPageSchema } from '../../src/maildrop/schema/message.ts';
import { allAtOnce, type Fare, longest, type Request, tally } from '../support/crowd.ts';
import { imapStage, messagesPath } from '../support/imap-stage.ts';
import type { Caller } from '../support/postern.ts';

const stage = imapStage();
const accounts = 100;
const inbox = messagesPath('inbox');

/** No mark is the beginning of another. */
const markOf = (account: number): string => `mark-${String(account).padStart(3, '0')}-end`;
const anyMark = /mark-\d{3}-end/g;

const messageOf = (account: number, number: number): Uint8Array =>
  Buffer.from(
    [
      `From: ${markOf(account)} <${markOf(account)}@weaver.example>`,
      `To: ${markOf(account)}@postern.example`,
      `Subject: ${markOf(account)} ${number}`,
      `Message-ID: <${number}.${markOf(account)}@weaver.example>`,
      'MIME-Version: 1.0',
      'Content-Type: multipart/mixed; boundary=border',
      '',
      '--border',
      'Content-Type: text/plain; charset=utf-8',
      '',
      `${markOf(account)} `.repeat(200),
      '--border',
      `Content-Type: text/csv; name="${markOf(account)}.csv"`,
      '',
      `${markOf(account)};`.repeat(2000),
      '--border--',
      '',
    ].join('\r\n'),
  );

/** Every mark in an answer has to be this one, and there has to be one. */
function expectOnly(account: number, bytes: Uint8Array): void {
  const marks = new Set(Buffer.from(bytes).toString('latin1').match(anyMark));
  expect([...marks]).toEqual([markOf(account)]);
}

const get = (account: number, path: string): Request => ({ path, check: (bytes) => expectOnly(account, bytes) });

async function imapRequests(account: number, caller: Caller): Promise<Request[]> {
  const { messages } = await stage.postern.json(EmailPageSchema, caller, inbox);
  expectOnly(account, Buffer.from(JSON.stringify(messages)));
  return messages.flatMap(({ id }) => [
    get(account, inbox),
    get(account, `${inbox}/${id}`),
    get(account, `${inbox}/${id}/raw`),
    get(account, `${inbox}/${id}/parts/2`),
    { path: `${inbox}/${id}`, call: { method: 'PATCH', body: { keywords: { [markOf(account)]: true } } } },
  ]);
}

async function popRequests(account: number, caller: Caller): Promise<Request[]> {
  const list = '/v1/pop/messages?headers=true';
  const { messages } = await stage.postern.json(MaildropPageSchema, caller, list);
  expectOnly(account, Buffer.from(JSON.stringify(messages)));
  const [id = ''] = messages.map((message) => message.id);
  return [
    get(account, `/v1/pop/messages/${id}`),
    get(account, `/v1/pop/messages/${id}/raw`),
    get(account, `/v1/pop/messages/${id}/parts/2`),
    { ...get(account, '/v1/pop/downloads'), call: { body: { format: 'json' } } },
  ];
}

/** A maildrop has one session, and waits for it are not what is asked here. */
async function inTurn(caller: Caller, requests: readonly Request[]): Promise<Fare[]> {
  const fares: Fare[] = [];
  for (const request of requests) fares.push(...(await allAtOnce(stage.postern, caller, [request])));
  return fares;
}

/** What is sent without the right password has to be answered so, whatever warm sessions there are. */
async function knock(caller: Caller, password: string, path: string): Promise<Fare[]> {
  const fares = await allAtOnce(stage.postern, { ...caller, password }, [{ path }]);
  for (const { status, problem } of fares) expect(`${status} ${problem}`).toBe('401 login-refused');
  return fares;
}

it(`answers ${accounts} accounts at once, each with its own mail alone`, async () => {
  const callers = await Promise.all(
    Array.from({ length: accounts }, (_, account) => stage.callerWith([messageOf(account, 1)], 'cleartext')),
  );
  const start = performance.now();
  const fares = await Promise.all(
    callers.map(async (caller, account): Promise<Fare[]> => {
      const pop = stage.host.as(caller, 'pop3', 'cleartext');
      const other = callers[(account + 1) % accounts]?.password ?? '';
      const requests = [imapRequests(account, caller), popRequests(account, pop)] as const;
      const [imapOnes, popOnes] = await Promise.all(requests);
      // Now that both are warm.
      const answers = await Promise.all([
        allAtOnce(stage.postern, caller, imapOnes),
        inTurn(pop, popOnes),
        knock(caller, other, inbox),
        knock(pop, other, '/v1/pop/messages'),
        account % 10 === 0 ? knock(caller, `${caller.password}x`, inbox) : [],
      ]);
      return answers.flat();
    }),
  );
  const all = fares.flat();
  console.log(
    `${accounts} accounts, ${all.length} requests at once: ${JSON.stringify(tally(all))},`,
    `the last after ${Math.round(performance.now() - start)} ms, longest wait ${longest(all, 'queueMs')} ms`,
  );
  expect(tally(all)).toEqual({ 200: accounts * 9, '401 login-refused': accounts * 2 + accounts / 10 });
  // Marks that were set through Postern are on that account's messages, and on no other's.
  for (const [account, caller] of callers.entries()) {
    const { messages } = await stage.page(caller);
    const marks = messages.map(({ keywords }) =>
      Object.keys(keywords ?? {}).filter((word) => word.startsWith('mark-')),
    );
    expect(marks).toEqual([[markOf(account)]]);
  }
});
