/**
 * A caller who begins to send a message and then says nothing more, without going away.
 */
import { expect, it } from 'vitest';
import { limits } from '../../src/core/limits.ts';
import { beginAppend, startAppendServer } from '../support/imap-append.ts';
import { messagesPath } from '../support/imap-stage.ts';
import { letter } from '../support/mail.ts';
import { startPostern } from '../support/postern.ts';

const path = messagesPath('inbox');

it('is told so in half a minute, nothing is added, and all sessions are free again', async () => {
  const server = await startAppendServer({ capabilities: 'UIDPLUS' });
  const postern = await startPostern({});
  const bytes = letter('whole');
  // As many as may send at a time, so that none of them waits for its turn.
  const uploads = limits.sessionsPerMailbox - 1;
  const stalled = Array.from({ length: uploads }, () =>
    beginAppend(postern.url, server.caller(), path, 1_000_000, bytes),
  );
  const startedAt = Date.now();
  const answers = await Promise.all(stalled.map(({ answer }) => answer));
  expect(Date.now() - startedAt).toBeLessThan(45_000);
  for (const answer of answers) {
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(answer).toContain('/problems/request-invalid');
  }
  for (const { goAway } of stalled) goAway();
  expect(server.messages).toEqual([]);
  const whole = beginAppend(postern.url, server.caller(), path, bytes.length, bytes);
  expect(await whole.answer).toMatch(/^HTTP\/1\.1 201 /);
  whole.goAway();
  expect(server.messages).toHaveLength(1);
  await postern.stop();
  await server.stop();
});
