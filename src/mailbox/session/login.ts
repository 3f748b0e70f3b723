/**
 * How does an IMAP session log in?
 *
 * By SASL where the server offers a mechanism that fits (AUTHENTICATE, RFC 9051 §6.2.2), with the response on the command
 * line where it takes one there (SASL-IR, RFC 4959); else by the LOGIN command. No command is sent whose answer the server
 * has given already. Nothing of the credential is kept.
 */
import type { LoginAccount } from '../../core/account.ts';
import { Failed } from '../../core/failure.ts';
import { limits } from '../../core/limits.ts';
import { chosenMechanism, type Mechanism, refusalAnswer, responsesOf } from '../../wire/sasl.ts';
import { commandFailureOf, loginFailureOf } from './errors.ts';
import type { ImapClient, ImapResponse } from './imapflow.ts';
import { atom, type CompilableToken, quoted } from './tokens.ts';

/** From the greeting to the authenticated state. Calls `begins` when the credential is about to be sent. Throws Failed. */
export async function logIn(client: ImapClient, account: LoginAccount, begins: () => void): Promise<void> {
  // PREAUTH proves nothing about who is calling us.
  if (client.state !== client.states.NOT_AUTHENTICATED) {
    throw new Failed({ kind: 'protocol-violated', detail: 'It claims a login that did not happen.' });
  }
  // Sends nothing where the greeting has told.
  await client.run('CAPABILITY');
  await client.upgradeToSTARTTLS();
  begins();
  client.expectCapabilityUpdate = true;
  await authenticate(client, account);
  // A server may say goodbye and OK in one breath.
  if (client.state !== client.states.NOT_AUTHENTICATED) throw new Failed({ kind: 'connection-lost' });
  client.state = client.states.AUTHENTICATED;
  // What it can do now may be more; again, nothing is sent where it has told.
  await client.run('CAPABILITY');
  if (client.capabilities.has('UTF8=ONLY')) await enableUtf8(client);
}

async function authenticate(client: ImapClient, account: LoginAccount): Promise<void> {
  const { user, credential } = account;
  const offered = new Set([...client.capabilities.keys()].flatMap((name) => /^AUTH=(.+)$/.exec(name)?.[1] ?? []));
  const mechanism = chosenMechanism(offered, account);
  const isPassword = credential.kind === 'password';
  const mayLogIn = isPassword && !client.capabilities.has('LOGINDISABLED');
  // Exchange takes the mailbox of somebody else (`domain/user/mailbox`) by LOGIN alone.
  const isForeign = mayLogIn && /[\\/]/.test(user);
  try {
    if (mechanism !== null && !isForeign) await exchange(client, mechanism, responsesOf(mechanism, account));
    else if (mayLogIn) await completed(client, 'LOGIN', [quoted(user), quoted(credential.secret.reveal())]);
    else throw new Failed({ kind: 'unsupported-by-server', feature: featureFor(isPassword) });
  } catch (error) {
    const refusal = loginFailureOf(error);
    throw refusal === null ? error : new Failed(refusal);
  }
}

const featureFor = (isPassword: boolean): string =>
  isPassword ? 'a login by password' : 'SASL OAUTHBEARER or XOAUTH2';

async function exchange(client: ImapClient, mechanism: Mechanism, responses: readonly string[]): Promise<void> {
  const [first = ''] = responses;
  // LOGIN speaks when it is spoken to, and a line has an end (RFC 2683 §3.2.1.5).
  const isInline =
    client.capabilities.has('SASL-IR') && mechanism !== 'LOGIN' && first.length <= limits.imapCommandLineBytes;
  const dialogue = new Dialogue(mechanism, responses, isInline);
  const violated = Promise.withResolvers<never>();
  const onPlusTag = async ({ attributes = [] }: ImapResponse): Promise<void> => {
    const answer = dialogue.answerTo(attributes.length === 0 ? '' : String(attributes[0]?.value ?? ''));
    if (answer !== null) client.write(answer);
    else
      violated.reject(new Failed({ kind: 'protocol-violated', detail: 'It asks for more than a login has to say.' }));
  };
  const tokens = [atom(mechanism), ...(isInline ? [atom(first)] : [])];
  await Promise.race([completed(client, 'AUTHENTICATE', tokens, onPlusTag), violated.promise]);
}

/** What is said to one challenge after the other. */
class Dialogue {
  readonly #mechanism: Mechanism;
  readonly #pending: string[];
  /** What may be said once more, to a server that offers SASL-IR and asks all the same. */
  #overheard: string | null;
  #hasAcknowledged = false;

  constructor(mechanism: Mechanism, responses: readonly string[], isInline: boolean) {
    this.#mechanism = mechanism;
    this.#pending = isInline ? responses.slice(1) : [...responses];
    this.#overheard = isInline ? (responses[0] ?? null) : null;
  }

  /** Null when nothing is left to say. */
  answerTo(challenge: string): string | null {
    const next = this.#pending.shift();
    if (next !== undefined) return next;
    const overheard = this.#overheard;
    this.#overheard = null;
    if (overheard !== null && challenge === '') return overheard;
    // It explains a refusal, which comes when that was acknowledged; only these two mechanisms do so.
    const mayExplain = this.#mechanism === 'OAUTHBEARER' || this.#mechanism === 'XOAUTH2';
    if (!mayExplain || this.#hasAcknowledged) return null;
    this.#hasAcknowledged = true;
    return refusalAnswer(this.#mechanism);
  }
}

async function completed(
  client: ImapClient,
  command: 'AUTHENTICATE' | 'LOGIN' | 'ENABLE',
  tokens: readonly CompilableToken[],
  onPlusTag?: (response: ImapResponse) => Promise<void>,
): Promise<void> {
  const { next } = await client.exec(command, tokens, onPlusTag === undefined ? {} : { onPlusTag });
  next();
}

/** Such a server wants it before anything that names a mailbox (RFC 6855 §6). Elsewhere it would be a round trip for nothing. */
async function enableUtf8(client: ImapClient): Promise<void> {
  try {
    await completed(client, 'ENABLE', [atom('UTF8=ACCEPT')]);
    client.enabled.add('UTF8=ACCEPT');
  } catch (error) {
    const failure = commandFailureOf(error, 'ENABLE', null);
    throw failure === null ? error : new Failed(failure);
  }
}
