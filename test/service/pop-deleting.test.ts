/**
 * `DELETE /v1/pop/messages/{id}` over a real server.
 */
import { describe, expect, it } from 'vitest';
import { MaildropPageSchema } from '../../src/maildrop/schema/message.ts';
import { encrypted, letter } from '../support/mail.ts';
import { digestsIn, sha256Of } from '../support/maildir.ts';
import { popStage } from '../support/pop-stage.ts';
import type { Caller } from '../support/postern.ts';

const stage = popStage();
const onDisk = ({ user }: Caller) => digestsIn(stage.host.dovecot.maildir(user));

describe.each(encrypted)('over %s', (security) => {
  it('deletes the message that the id names and no other; after that there is none', async () => {
    const caller = await stage.callerWith([letter('one'), letter('two'), letter('three')], security);
    const { messages } = await stage.postern.json(MaildropPageSchema, caller, '/v1/pop/messages');
    const path = `/v1/pop/messages/${messages[1]?.id}`;
    const response = await stage.postern.call(caller, path, { method: 'DELETE' });
    expect([response.status, await response.text()]).toEqual([204, '']);
    expect(await onDisk(caller)).toEqual([letter('one'), letter('three')].map(sha256Of));
    const again = await stage.postern.problem('message-not-found', caller, path, { method: 'DELETE' });
    expect(again.status).toBe(404);
    await stage.postern.problem('message-not-found', caller, path);
    await stage.postern.problem('message-not-found', caller, `${path}/raw`);
    expect(await onDisk(caller)).toHaveLength(2);
  });
});

it.each(['bm8tc3VjaC11aWRs', '!!!!', '1', 'a~1', '%00'])('deletes nothing for an id of none (%s)', async (id) => {
  const caller = await stage.callerWith([letter('kept')]);
  const problem = await stage.postern.problem('message-not-found', caller, `/v1/pop/messages/${id}`, {
    method: 'DELETE',
  });
  expect(problem.status).toBe(404);
  expect(await onDisk(caller)).toHaveLength(1);
});

it('answers one of two that delete the same message at once, and tells the other that it is gone', async () => {
  const caller = await stage.callerWith([letter('contested'), letter('kept')]);
  const { messages } = await stage.postern.json(MaildropPageSchema, caller, '/v1/pop/messages');
  const path = `/v1/pop/messages/${messages[0]?.id}`;
  const answers = await Promise.all([1, 2].map(() => stage.postern.call(caller, path, { method: 'DELETE' })));
  expect(answers.map(({ status }) => status).sort()).toEqual([204, 404]);
  expect(await onDisk(caller)).toEqual([sha256Of(letter('kept'))]);
});
