/**
 * `npm run keys`: makes a key for CAPSULE_KEYS. `npm run keys -- --api-key <label>`: makes one for a caller, and its entry in API_KEYS.
 *
 * Plain JavaScript for Node 20 without any package.
 */
import { createHash, randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';

const usage = `npm run keys                          a key for CAPSULE_KEYS
npm run keys -- --api-key <label>     a key for a caller, and its entry in API_KEYS. What it may do, if not everything:
    --server <host>                   a mail server, or *.example.com for all below; may be repeated
    --scope <scope>                   read, modify, delete or subscribe; may be repeated
    --rate <requests>/<seconds>       how often it may call; 60 seconds at most
    --expires <date>                  when it ends, such as 2027-06-30
`;

/** The id is the day it was made, so that an operator who rotates keys sees which one is old. */
function capsuleKey() {
  const id = new Date().toISOString().slice(0, 10);
  return `${id}:${randomBytes(32).toString('base64url')}`;
}

/** Throws what is to be told when an option is not as it has to be. src/door/api-keys.ts reads the entry. */
function apiKey({ 'api-key': label, server: servers, scope: scopes, rate, expires }) {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(label))
    throw new Error(`'${label}' is no label: letters, digits, . _ -`);
  const known = ['read', 'modify', 'delete', 'subscribe'];
  const unknown = scopes?.find((scope) => !known.includes(scope));
  if (unknown !== undefined) throw new Error(`'${unknown}' is no scope; there are ${known.join(', ')}`);
  const key = `pstk_${randomBytes(32).toString('base64url')}`;
  const hash = createHash('sha256').update(key).digest('base64url');
  const entry = {
    label,
    hash,
    servers: servers?.map((server) => server.toLowerCase()),
    scopes,
    rate: rate === undefined ? undefined : rateOf(rate),
    expiresAt: expires === undefined ? undefined : momentOf(expires),
  };
  return { key, entry };
}

function rateOf(text) {
  const [, requests, perSeconds] = /^(\d{1,6})\/(\d{1,2})$/.exec(text) ?? [];
  const rate = { requests: Number(requests), perSeconds: Number(perSeconds) };
  if (rate.requests >= 1 && rate.requests <= 100_000 && rate.perSeconds >= 1 && rate.perSeconds <= 60) return rate;
  throw new Error(`'${text}' is no rate: give requests and seconds, such as 600/60; 60 seconds at most`);
}

function momentOf(text) {
  const moment = new Date(text);
  if (Number.isNaN(moment.getTime())) throw new Error(`'${text}' is no date: give one such as 2027-06-30`);
  return moment.toISOString();
}

const option = { type: 'string' };
const several = { type: 'string', multiple: true };
try {
  const { values } = parseArgs({
    options: { 'api-key': option, server: several, scope: several, rate: option, expires: option },
  });
  if (values['api-key'] === undefined && Object.keys(values).length > 0)
    throw new Error('--api-key <label> is missing');
  if (values['api-key'] === undefined) console.log(capsuleKey());
  else {
    const { key, entry } = apiKey(values);
    console.log(`The key, for the caller; it is shown once and kept nowhere:\n\n${key}\n`);
    console.log(`Its entry for API_KEYS, which is a list:\n\n${JSON.stringify(entry)}`);
  }
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n\n${usage}`);
  process.exitCode = 1;
}
