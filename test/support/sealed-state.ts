/**
 * The state of a mailbox or maildrop as a caller has it: one of these tests' choice, vouched for with the keys of their Postern.
 */
import { parseKeyring } from '../../src/core/seal.ts';
import { parseMailServer } from '../../src/core/server.ts';
import { vouched } from '../../src/core/vouch.ts';
import { type NewState, stateOctets } from '../../src/mailbox/sync/state.ts';
import { type Caller, testKey } from './postern.ts';

export const sealedStateOf = (caller: Caller, state: NewState): Promise<string> =>
  vouchedStateOf(caller, stateOctets(state));

/** Whatever the octets are. */
export async function vouchedStateOf({ user, mailServer }: Caller, octets: Uint8Array): Promise<string> {
  const server = parseMailServer(mailServer);
  const keyring = parseKeyring(testKey);
  if (!server.ok || keyring === null) throw new Error('These tests have keys and servers');
  const { protocol, host, port, security } = server.value;
  return vouched(keyring, 'state', [protocol, host, port, security, user], octets);
}
