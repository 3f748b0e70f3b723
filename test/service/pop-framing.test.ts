/**
 * Are messages byte-exact from a server's packets to the caller's disk?
 */
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { AcknowledgedSchema } from '../../src/maildrop/schema/download.ts';
import { asSent, expectSameBytes, packetsOf, trickyMessage } from '../support/pop-bytes.ts';
import { downloaded } from '../support/pop-client.ts';
import { type PopServer, startPopServer } from '../support/pop-script.ts';
import { type Postern, startPostern } from '../support/postern.ts';
import { seeded } from '../support/random.ts';

const random = seeded(1725);
const messages = Array.from({ length: 2000 }, (_, index) => ({ uidl: `uidl-${index}`, bytes: trickyMessage(random) }));

let postern: Postern;
let server: PopServer;
beforeAll(async () => {
  postern = await startPostern({});
  server = await startPopServer({ messages, packets: (bytes) => packetsOf(bytes, random) });
});
afterAll(async () => {
  await server.stop();
  await postern.stop();
});

it('reads a message byte for byte, whatever its packets', async () => {
  const id = (uidl: string) => Buffer.from(uidl).toString('base64url');
  for (const { uidl, bytes } of messages.slice(0, 200)) {
    const response = await postern.call(server.caller(), `/v1/pop/messages/${id(uidl)}/raw`);
    expect(response.status).toBe(200);
    expectSameBytes(new Uint8Array(await response.arrayBuffer()), asSent(bytes), uidl);
  }
});

it('downloads 2,000 random messages byte for byte, and removes each when it is acknowledged', async () => {
  const exact = new Set<string>();
  while (server.messages.length > 0) {
    const {
      messages: lines,
      receipt,
      errors,
    } = await downloaded(postern, server.caller(), { limit: 500, format: 'raw' });
    expect(errors).toEqual([]);
    for (const { uidl, raw = '', sha256 } of lines) {
      const expected = asSent(messages.find((message) => message.uidl === uidl)?.bytes ?? Buffer.from('unknown'));
      expectSameBytes(Buffer.from(raw, 'base64'), expected, String(uidl));
      expect(sha256).toBe(createHash('sha256').update(expected).digest('hex'));
      exact.add(String(uidl));
    }
    const body = { receipt: receipt?.receipt };
    const answer = await postern.json(AcknowledgedSchema, server.caller(), '/v1/pop/downloads/ack', { body });
    expect(answer).toEqual({ deleted: lines.length, alreadyGone: 0, notDeleted: [] });
  }
  expect(exact.size).toBe(2000);
});
