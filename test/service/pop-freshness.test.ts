/**
 * Is the answer what the maildrop holds now?
 */
import { expect, it } from 'vitest';
import { MaildropPageSchema } from '../../src/maildrop/schema/message.ts';
import { letter } from '../support/mail.ts';
import { downloaded } from '../support/pop-client.ts';
import { popStage } from '../support/pop-stage.ts';
import type { Caller } from '../support/postern.ts';

const stage = popStage();
const list = (caller: Caller) => stage.postern.json(MaildropPageSchema, caller, '/v1/pop/messages?headers=true');

it('lists a message that came between two identical calls, twenty times in a row', async () => {
  const caller = await stage.callerWith([letter('fresh-0')]);
  expect((await list(caller)).total).toBe(1);
  for (let index = 1; index <= 20; index += 1) {
    await stage.deliver(caller, letter(`fresh-${index}`));
    const { messages } = await list(caller);
    expect(messages.at(-1)?.subject).toMatch(new RegExp(`fresh-${index}$`));
    expect(messages).toHaveLength(index + 1);
  }
});

it('downloads a message that came after the list', async () => {
  const caller = await stage.callerWith([letter('before')]);
  await list(caller);
  await stage.deliver(caller, letter('after'));
  const { messages } = await downloaded(stage.postern, caller);
  expect(messages.map(({ message }) => message?.text)).toEqual(['This is before.\n', 'This is after.\n']);
});

it('reads a message that came after the session was opened', async () => {
  const caller = await stage.callerWith([letter('before')]);
  await list(caller);
  await stage.deliver(caller, letter('after'));
  // Listed by a session of another object, so that the warm one has not seen it.
  const other = await list(stage.host.as(caller, 'pop3', 'STARTTLS'));
  const response = await stage.postern.call(caller, `/v1/pop/messages/${other.messages.at(-1)?.id}`);
  expect(response.status).toBe(200);
  expect(await response.json()).toMatchObject({ text: 'This is after.\n' });
});

it('no longer lists or reads a message that another program has deleted', async () => {
  const caller = await stage.callerWith([letter('goes'), letter('stays')]);
  const { messages } = await list(caller);
  const elsewhere = stage.host.as(caller, 'pop3', 'STARTTLS');
  const path = `/v1/pop/messages/${messages[0]?.id}`;
  expect((await stage.postern.call(elsewhere, path, { method: 'DELETE' })).status).toBe(204);
  expect((await list(caller)).messages.map(({ id }) => id)).toEqual([messages[1]?.id]);
  await stage.postern.problem('message-not-found', caller, path);
});
