/**
 * Conditions, HEAD and charsets on `/raw` and `/parts/{partId}` over POP3, which has no ranges.
 */
import { Buffer } from 'node:buffer';
import { describe, expect, it } from 'vitest';
import { MaildropPageSchema } from '../../src/maildrop/schema/message.ts';
import { bigLetter, knownParts, withFiles } from '../support/imap-letters.ts';
import { first } from '../support/imap-stage.ts';
import { letter } from '../support/mail.ts';
import { popStage } from '../support/pop-stage.ts';
import type { Caller } from '../support/postern.ts';

const stage = popStage();

async function pathOf(caller: Caller): Promise<string> {
  const { messages } = await stage.postern.json(MaildropPageSchema, caller, '/v1/pop/messages');
  return `/v1/pop/messages/${first(messages).id}`;
}

const headersOf = ({ headers }: Response) =>
  Object.fromEntries(
    [...headers].filter(
      ([name]) => !['date', 'server-timing', 'x-request-id', 'transfer-encoding', 'connection'].includes(name),
    ),
  );

describe.each(['raw', 'parts/1', 'parts/1?charset=utf-8'])('%s', (below) => {
  const call = async (headers: Record<string, string>, method = 'GET') => {
    const caller = await stage.callerWith([letter('conditions')]);
    const path = `${await pathOf(caller)}/${below}`;
    const head = await stage.postern.call(caller, path, { method: 'HEAD' });
    const etag = head.headers.get('etag') ?? '';
    const filled = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, value.replace('$', etag)]));
    const response = await stage.postern.call(caller, path, { method, headers: filled });
    return { response, head, etag, text: await response.text() };
  };

  it('answers 304 to who has it, and 412 to who means another', async () => {
    for (const value of ['$', 'W/$', '"x", $', '*']) {
      const { response, etag, text } = await call({ 'If-None-Match': value });
      expect([response.status, text, response.headers.get('etag')]).toEqual([304, '', etag]);
    }
    expect((await call({ 'If-Match': '"other"' })).response.status).toBe(412);
    expect((await call({ 'If-Match': '$' })).response.status).toBe(200);
  });

  it('gives all octets for a range, having said that there are none', async () => {
    const { response, text } = await call({ Range: 'bytes=0-3' });
    expect([response.status, response.headers.get('accept-ranges')]).toEqual([200, 'none']);
    expect(text).toContain('This is conditions.\r\n');
  });

  it('answers HEAD with the headers of GET', async () => {
    const { response, head } = await call({});
    expect(headersOf(head)).toEqual(headersOf(response));
  });

  it('is gone with its message, for who has it as well', async () => {
    const caller = await stage.callerWith([letter('gone')]);
    const path = await pathOf(caller);
    const whole = await stage.postern.call(caller, `${path}/${below}`);
    await whole.arrayBuffer();
    expect((await stage.postern.call(caller, path, { method: 'DELETE' })).status).toBe(204);
    const headers = { 'If-None-Match': whole.headers.get('etag') ?? '' };
    expect((await stage.postern.problem('message-not-found', caller, `${path}/${below}`, { headers })).status).toBe(
      404,
    );
  });
});

it('reads nothing of a large message for HEAD and for a 304, and keeps its session', async () => {
  const caller = await stage.callerWith([bigLetter(20_000_000)]);
  const path = `${await pathOf(caller)}/raw`;
  const head = await stage.postern.call(caller, path, { method: 'HEAD' });
  expect(head.headers.has('content-length')).toBe(false);
  const headers = { 'If-None-Match': head.headers.get('etag') ?? '' };
  const again = await stage.postern.call(caller, path, { headers });
  expect(again.status).toBe(304);
  // A message that is broken off costs the session.
  expect(again.headers.get('server-timing')).not.toContain('connect');
});

it('converts text to UTF-8, and says what it cannot convert', async () => {
  const caller = await stage.callerWith([withFiles]);
  const path = await pathOf(caller);
  const response = await stage.postern.call(caller, `${path}/parts/1.1?charset=utf-8`);
  expect(response.headers.get('content-type')).toBe('text/plain; charset=utf-8');
  expect(await response.text()).toBe('Grüße € – 100\r\nBye');
  const file = first(knownParts).partId;
  const problem = await stage.postern.problem('charset-unsupported', caller, `${path}/parts/${file}?charset=utf-8`);
  expect(problem).toMatchObject({ status: 422, charset: null });
  // Its session was not left behind in the middle of the message.
  const part = await stage.postern.call(caller, `${path}/parts/${file}`);
  expect(Buffer.from(await part.arrayBuffer()).equals(first(knownParts).bytes)).toBe(true);
});

it.each(['TEXT', '1%0d%0aX-Other:%201', '1%22'])('has no part %s, whatever the condition', async (partId) => {
  const caller = await stage.callerWith([letter('parts')]);
  const headers = { 'If-None-Match': '*' };
  const path = `${await pathOf(caller)}/parts/${partId}`;
  expect((await stage.postern.problem('part-not-found', caller, path, { headers })).status).toBe(404);
});

it.each(['raw?charset=utf-8', 'parts/1?charset=ascii', 'parts/1?x='])('refuses %s', async (below) => {
  const caller = await stage.callerWith([letter('strict')]);
  const problem = await stage.postern.problem('request-invalid', caller, `${await pathOf(caller)}/${below}`);
  expect(problem.status).toBe(400);
});
