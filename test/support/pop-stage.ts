/**
 * A Postern and a Dovecot for all tests of one file.
 */
import { afterAll, beforeAll } from 'vitest';
import type { DovecotOptions } from '../../scripts/mail-server/dovecot.ts';
import { type MailHost, type Security, startMailHost } from './mail.ts';
import { type Caller, type Postern, startPostern } from './postern.ts';

export interface PopStage {
  readonly postern: Postern;
  readonly host: MailHost;
  /** Somebody with an account of their own, in which these messages wait. */
  callerWith(messages: readonly Uint8Array[], security?: Security): Promise<Caller>;
  deliver(caller: Caller, ...messages: readonly Uint8Array[]): Promise<void>;
}

/** `heapMb`: of each Worker, as `startPostern` takes it. */
export function popStage({ heapMb, ...options }: Omit<DovecotOptions, 'users'> & { heapMb?: number } = {}): PopStage {
  let host: MailHost | undefined;
  let postern: Postern | undefined;
  beforeAll(async () => {
    host = await startMailHost(options);
    postern = await startPostern({ trustedCertificates: [host.dovecot.ca], heapMb });
  });
  afterAll(async () => {
    await host?.stop();
    await postern?.stop();
  });
  const started = <T>(what: T | undefined): T => {
    if (what === undefined) throw new Error('Not before the tests begin');
    return what;
  };
  const deliver: PopStage['deliver'] = async ({ user }, ...messages) => {
    for (const message of messages) await started(host).dovecot.deliver(user, 'INBOX', message);
  };
  return {
    get postern() {
      return started(postern);
    },
    get host() {
      return started(host);
    },
    deliver,
    async callerWith(messages, security) {
      const caller = await started(host).caller('pop3', security);
      await deliver(caller, ...messages);
      return caller;
    },
  };
}
