/**
 * What may a key of the operator's have looked for?
 */
import { expect, it } from 'vitest';
import { apiKeys, newKey, withKey } from '../support/api-keys.ts';
import { canaryPassword } from '../support/canary.ts';
import { discoveryStage } from '../support/discovery-stage.ts';
import { startPopServer } from '../support/pop-script.ts';

const key = newKey();
const API_KEYS = apiKeys({ key, label: 'web', servers: ['127.0.0.1'] });
const stage = discoveryStage(() => ({ variables: { API_KEYS, ANYONE_MAY_CALL: 'false' } }));

it('asks nobody anything without one', async () => {
  await stage.postern.problem('caller-unknown', null, '/v1/discover', { body: { email: 'ada@keys.example' } });
  expect(stage.web.asked).toEqual([]);
});

it('looks at no mail server that the key is not for, though it is told', async () => {
  const server = await startPopServer({ greeting: '-ERR not today\r\n' });
  const at = (hostname: string) => ({ type: 'pop3', hostname, port: server.port, socketType: 'STARTTLS' });
  stage.publish('keys.example', [at('localhost'), at('127.0.0.1')]);
  const body = { email: 'ada@keys.example', password: canaryPassword };
  const { candidates } = await stage.discover(body, withKey(key).headers);
  expect(candidates.pop3.map((one) => [one.server, one.verified])).toMatchObject([
    [
      `pop3://localhost:${server.port}`,
      {
        host: { outcome: 'failed', problem: { type: '/problems/caller-forbidden', reason: 'server' } },
        login: { outcome: 'not-tried', reason: 'stage-before' },
      },
    ],
    [`pop3://127.0.0.1:${server.port}`, { host: { outcome: 'done' }, greeting: { outcome: 'failed' } }],
  ]);
  expect(server.connections).toBe(1);
  await server.stop();
});
