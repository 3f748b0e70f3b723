/**
 * What can the mail server of an account do?
 *
 * Asking it takes a login, so that it also tells whether the credential is good.
 */
import type { Context } from 'hono';
import type { z } from 'zod';
import { type Account, toMessage } from '../core/account.ts';
import { objectNameOf } from '../http/account-object.ts';
import { type Gateway, unwrapped } from '../http/context.ts';
import type { AccountSchema } from './schema.ts';

export type Abilities = Pick<z.output<typeof AccountSchema>, 'capabilities' | 'maildrop'>;

export async function abilitiesOf(c: Context<Gateway>, account: Account): Promise<Abilities> {
  const name = await objectNameOf(c.env, account);
  const message = toMessage(account);
  if (account.server.protocol === 'imap') {
    const capabilities = unwrapped(await c.env.MAILBOX.getByName(name).capabilities(message), c.get('timings'));
    return { capabilities: [...capabilities] };
  }
  const reply = await c.env.MAILDROP.getByName(name).capabilities(message);
  const { capabilities, policy } = unwrapped(reply, c.get('timings'));
  return { capabilities: [...capabilities], maildrop: policy };
}
