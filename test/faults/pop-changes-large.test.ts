/**
 * Can a maildrop of 100,000 messages be followed, and what does that cost?
 *
 * What was measured is printed: docs/sync.md has it.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { letter } from '../support/mail.ts';
import { maildropChanges } from '../support/maildrop-follower.ts';
import { withPopServer } from '../support/pop-script.ts';
import { type Postern, startPostern } from '../support/postern.ts';
import { seeded } from '../support/random.ts';
import { countedUidls, randomUidls } from '../support/uidls.ts';

let postern: Postern;
beforeAll(async () => {
  postern = await startPostern({});
});
afterAll(() => postern.stop());

const count = 100_000;
const bytes = letter('each');

async function timed<T>(work: () => Promise<T>): Promise<{ readonly ms: number; readonly value: T }> {
  const start = performance.now();
  const value = await work();
  return { ms: Math.round(performance.now() - start), value };
}

it.each([
  ['counted', countedUidls.dovecot, 65_000],
  ['random', randomUidls['MD5 of the message'], 500_000],
  ['random and long', randomUidls.outlook, 500_000],
] as const)('%s UIDLs', async (what, kind, mostCharacters) => {
  const [newest = '', ...uidls] = kind(seeded(14), count + 1).toReversed();
  const messages = uidls.map((uidl) => ({ uidl, bytes }));
  await withPopServer({ messages, capabilities: ['UIDL', 'TOP', 'PIPELINING'] }, async (server) => {
    const caller = server.caller();
    const listed = await timed(() =>
      postern.call(caller, '/v1/pop/messages?limit=1').then((response) => response.json()),
    );
    const begun = await timed(() => maildropChanges(postern, caller, {}));
    const since = begun.value.newState;
    expect(since.length).toBeLessThan(mostCharacters);
    messages.splice(500, 3);
    messages.push({ uidl: newest, bytes });
    const told = await timed(() => maildropChanges(postern, caller, { since }));
    expect(told.value).toMatchObject({ created: [expect.any(String)], destroyedCount: 3 });
    const same = await timed(() => maildropChanges(postern, caller, { since: told.value.newState }));
    expect(same.value).toMatchObject({ created: [], destroyedCount: 0 });
    console.log(
      `${what}: ${since.length} characters; listing ${listed.ms} ms, a state ${begun.ms}, changes ${told.ms}, none ${same.ms}`,
    );
  });
});
