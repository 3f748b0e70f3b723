/**
 * How often is the mail server waited for when something is searched for?
 *
 * With a warm session; what counts as a round trip is said in `test/support/distant-server.ts`.
 */
import { expect, it } from 'vitest';
import { startDistantServer } from '../support/distant-server.ts';
import { imapStage, messagesPath } from '../support/imap-stage.ts';
import { letter } from '../support/mail.ts';

const stage = imapStage();
const inbox = messagesPath('inbox');

it('asks as often as documented, over one connection', async () => {
  const known = await stage.callerWith(Array.from({ length: 30 }, (_, index) => letter(`${index}`)));
  const { mailServer } = stage.host.as(known, 'imap', 'implicit TLS');
  const server = await startDistantServer(Number(new URL(mailServer).port), 30);
  const caller = { ...known, mailServer: mailServer.replace(/:\d+/, `:${server.port}`) };
  const get = async (path: string): Promise<string | null> => {
    const response = await stage.postern.call(caller, path);
    expect(response.status).toBe(200);
    const { nextCursor }: { nextCursor: string | null } = JSON.parse(await response.text());
    return nextCursor;
  };
  const q = `${inbox}?limit=5&q=from:grace`;
  const sorted = `${inbox}?limit=5&sort=-size`;
  await get(inbox);
  const [behind, behindSorted] = [await get(q), await get(sorted)];
  const works = {
    search: q,
    'search, a further page': `${q}&cursor=${behind}`,
    sort: sorted,
    'sort, a further page': `${sorted}&cursor=${behindSorted}`,
    'search by date': `${inbox}?q=after:2020-01-01`,
    'search for attachments': `${inbox}?q=has:attachment`,
    'search that finds nothing': `${inbox}?q=subject:nowhere`,
    'search in one mailbox of several': '/v1/imap/search?mailboxes=inbox&q=from:grace',
  };
  const counts: Record<string, number> = {};
  for (const [name, path] of Object.entries(works)) {
    // Once before: the server takes its time to read a structure for the first time.
    await get(path);
    counts[name] = await server.count(() => get(path));
    console.log(`IMAP, warm, ${name}: ${counts[name]} round trips`);
  }
  expect(counts).toEqual({
    search: 3,
    'search, a further page': 3,
    sort: 3,
    'sort, a further page': 4,
    'search by date': 4,
    'search for attachments': 3,
    'search that finds nothing': 2,
    'search in one mailbox of several': 4,
  });
  expect(server.connections).toBe(1);
  await server.stop();
});
