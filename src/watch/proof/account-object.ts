/**
 * How does a Watcher ask the account's own object?
 *
 * Every guess at a password is made there, where guesses are counted, and a refresh token is used there alone: a Watcher takes a
 * credential that was good there, and looks with it by itself.
 */
import type { AccountMessage } from '../../core/account.ts';
import { objectNameUnder } from '../../core/account-parts.ts';
import { err, ok, type Result } from '../../core/failure.ts';
import { crashOf, logEvent } from '../../core/log.ts';
import type { Keyring } from '../../core/seal.ts';
import type { GivenToken } from '../../wire/access-tokens.ts';

export class AccountObject {
  readonly #env: Pick<Env, 'MAILBOX' | 'MAILDROP'>;
  readonly #keyring: Keyring;

  constructor(env: Pick<Env, 'MAILBOX' | 'MAILDROP'>, keyring: Keyring) {
    this.#env = env;
    this.#keyring = keyring;
  }

  /** Whether the mail server takes this credential. Fails as a login does. */
  prove(account: AccountMessage): Promise<Result<void>> {
    return answered(account, async () => {
      const name = await this.#nameOf(account);
      if (account.server.protocol === 'pop3') return (await this.#maildrop(name).prove(account)).result;
      const { result } = await this.#mailbox(name).capabilities(account);
      return result.ok ? ok(undefined) : result;
    });
  }

  /** What to log in with in the place of a refresh token. `refused`: one that a server has just not taken. */
  accessToken(account: AccountMessage, refused: string | null): Promise<Result<GivenToken>> {
    return answered(account, async () => {
      const name = await this.#nameOf(account);
      return account.server.protocol === 'pop3'
        ? this.#maildrop(name).accessToken(account, refused)
        : this.#mailbox(name).accessToken(account, refused);
    });
  }

  #nameOf(account: AccountMessage): Promise<string> {
    return objectNameUnder(this.#keyring[0], account);
  }

  #mailbox(name: string) {
    return this.#env.MAILBOX.get(this.#env.MAILBOX.idFromName(name));
  }

  #maildrop(name: string) {
    return this.#env.MAILDROP.get(this.#env.MAILDROP.idFromName(name));
  }
}

/** It may be lost while it is asked. Nothing has changed then, and whoever asks may ask again. */
async function answered<T>({ server }: AccountMessage, ask: () => Promise<Result<T>>): Promise<Result<T>> {
  try {
    return await ask();
  } catch (error) {
    logEvent('object.crashed', { protocol: server.protocol, host: server.host, ...crashOf(error) });
    return err({ kind: 'internal' });
  }
}
