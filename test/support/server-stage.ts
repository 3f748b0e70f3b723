/**
 * A Postern and one mail server, whichever it is, for a group of tests; and messages that servers stumble over.
 */
import { Buffer } from 'node:buffer';
import { afterAll, beforeAll } from 'vitest';
import type { MailPeer } from '../../scripts/mail-server/peer.ts';
import { canaryPassword, canarySubject } from './canary.ts';
import { type Caller, type Postern, startPostern } from './postern.ts';

export interface ServerStage {
  readonly postern: Postern;
  readonly peer: MailPeer;
  /** Where the mail server listens. */
  readonly port: number;
  /** Somebody with an account of their own, in whose INBOX these messages are, the oldest first. */
  callerWith(...messages: readonly Uint8Array[]): Promise<Caller>;
  deliver(caller: Caller, ...messages: readonly Uint8Array[]): Promise<void>;
}

export function serverStage(
  protocol: 'imap' | 'pop3',
  start: (options: { readonly passwordPrefix: string }) => Promise<MailPeer>,
): ServerStage {
  let peer: MailPeer | undefined;
  let postern: Postern | undefined;
  beforeAll(async () => {
    peer = await start({ passwordPrefix: canaryPassword });
    postern = await startPostern({});
  });
  afterAll(async () => {
    await postern?.stop();
    await peer?.stop();
  });
  const started = <T>(what: T | undefined): T => {
    if (what === undefined) throw new Error('Not before the tests begin, or not spoken by this server');
    return what;
  };
  const stage: ServerStage = {
    get postern() {
      return started(postern);
    },
    get peer() {
      return started(peer);
    },
    get port() {
      return started(stage.peer.ports[protocol]);
    },
    async callerWith(...messages) {
      const account = await stage.peer.addAccount();
      const caller = { ...account, mailServer: `${protocol}://localhost:${stage.port}?security=none` };
      await stage.deliver(caller, ...messages);
      return caller;
    },
    async deliver({ user }, ...messages) {
      for (const message of messages) await stage.peer.deliver(user, message);
    },
  };
  return stage;
}

/** Lines that mbox files and POP3 replies have to disguise, text in UTF-8, and no end of the last line. */
export const lineByLine: Uint8Array = Buffer.from(
  [
    'From: "Grace Weaver" <grace@weaver.example>',
    `Subject: ${canarySubject} =?utf-8?Q?Gr=C3=BC=C3=9Fe?=`,
    'Date: Mon, 16 Nov 2026 09:30:00 +0100',
    'Message-ID: <lines@weaver.example>',
    'MIME-Version: 1.0',
    'Content-Type: text/plain; charset=utf-8',
    'Content-Transfer-Encoding: 8bit',
    '',
    'From me to you',
    '.',
    '..and more',
    '>From another',
    'Grüße 🎉',
  ].join('\r\n'),
);
