/**
 * Can a password be printed by accident?
 */
import { inspect } from 'node:util';
import { expect, it } from 'vitest';
import { fullAccess } from '../../src/core/access.ts';
import { fromMessage, toMessage } from '../../src/core/account.ts';
import { Secret } from '../../src/core/secret.ts';

const word = 'hunter2-hunter2';
const secret = new Secret(word);

it.each([
  ['in a template', () => `${secret}`],
  ['by adding to a text', () => `x${String(secret)}`],
  ['as JSON', () => JSON.stringify({ account: { password: secret } })],
  ['by Node', () => inspect({ account: { password: secret } }, { depth: 9, showHidden: true })],
  ['by its keys', () => Object.entries(secret).join() + Reflect.ownKeys(secret).join()],
  ['in an error', () => new Error(`refused ${secret}`).message],
])('is not shown %s', (_, print) => {
  expect(print()).not.toContain(word);
});

it('is not copied by spreading or structured cloning', () => {
  expect(JSON.stringify({ ...secret })).not.toContain(word);
  expect(inspect(structuredClone(secret), { showHidden: true })).not.toContain(word);
});

it('survives the way from the gateway to the proxy', () => {
  const server = { protocol: 'imap', host: 'mail.example', port: 993, security: 'tls' } as const;
  const account = { server, user: 'ada', credential: { kind: 'password', secret }, access: fullAccess } as const;
  expect(fromMessage(toMessage(account)).credential.secret.reveal()).toBe(word);
});
