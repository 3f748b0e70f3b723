/**
 * How long does one wait for servers that nobody finds?
 */
import { expect, it } from 'vitest';
import { limits } from '../../src/core/limits.ts';
import { DiscoveredSchema } from '../../src/discovery/schema.ts';
import { canaryPassword } from '../support/canary.ts';
import { discoveryStage } from '../support/discovery-stage.ts';
import { startPopServer } from '../support/pop-script.ts';
import { startPostern } from '../support/postern.ts';
import { type Page, startWeb } from '../support/scripted-web.ts';

const stage = discoveryStage(() => ({}));

it.concurrent('looks no longer at a mail server that says nothing than at one that will do', async () => {
  const server = await startPopServer({ greeting: null });
  stage.publish('silent.example', [
    { type: 'pop3', hostname: 'localhost', port: server.port, socketType: 'STARTTLS' },
    { type: 'pop3', hostname: '127.0.0.1', port: server.port, socketType: 'STARTTLS' },
  ]);
  const begun = Date.now();
  const { candidates } = await stage.discover({ email: 'ada@silent.example', password: canaryPassword });
  expect(Date.now() - begun).toBeLessThan(2 * limits.probeMs);
  expect(candidates.pop3.map(({ verified }) => verified?.greeting.problem)).toMatchObject(
    Array(2).fill({ type: '/problems/deadline-exceeded', phase: 'greeting' }),
  );
  expect(server.commands).toEqual([]);
  await server.stop();
});

it.concurrent.each<[string, Page | null]>([
  ['does not answer', null],
  ['does not come to an end', { body: '<clientConfig>', isStuck: true }],
])('waits no longer than its deadline for a web that %s, and tells what was known without it', async (_, page) => {
  const web = await startWeb(() => page);
  const postern = await startPostern({ web });
  const begun = Date.now();
  const response = await postern.call(null, '/v1/discover', { body: { email: 'ada@gmail.com' } });
  const { candidates, sources } = DiscoveredSchema.parse(await response.json());
  expect(Date.now() - begun).toBeLessThan(limits.discoveryMs + 5_000);
  expect(candidates.imap[0]?.server).toBe('imaps://imap.gmail.com');
  const late = sources.filter(({ outcome }) => outcome === 'timed-out').map(({ source }) => source);
  expect(late).toEqual(['autoconfig', 'well-known', 'isp-database', 'srv', 'mx', 'isp-database-mx']);
  await postern.stop();
  await web.stop();
});
