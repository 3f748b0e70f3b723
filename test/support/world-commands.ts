/**
 * What a world can be commanded to do: its mail server, and its receiver.
 *
 * All that is told and answered is JSON.
 */
import { Buffer } from 'node:buffer';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { folderPath } from '../../scripts/mail-server/maildir.ts';
import { type DistantServer, startDistantServer } from './distant-server.ts';
import { type Gate, startGate } from './gate.ts';
import { mailProgram } from './imap-client.ts';
import { letter, type MailHost } from './mail.ts';
import type { Caller } from './postern.ts';
import { type Receiver, startReceiver } from './receiver.ts';
import { accepting, answering, type Behaviour, resetting, silent } from './receiver-behaviour.ts';

/** What a receiver can be told over there: a status, or one of these. */
const behaviours: Readonly<Record<string, Behaviour>> = { accepting, silent, reset: resetting('before') };
export type Deed = string | { readonly status: number; readonly headers?: Readonly<Record<string, string>> };

/** A message as it crosses: what tells it apart, and when the server is to have received it. */
export interface Mail {
  readonly label: string;
  readonly receivedAtMs: number;
  /** Default: INBOX. */
  readonly mailbox?: string;
}

export interface ReceivedThere {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export type Commands = ReturnType<typeof commandsOf>;
/** What each command takes and answers. */
export type WorldCommands = {
  readonly [Name in keyof Commands]: (told: Parameters<Commands[Name]>[0]) => ReturnType<Commands[Name]>;
};

export function commandsOf(host: MailHost) {
  const receivers = new Map<number, Receiver>();
  const gates = new Map<string, Gate>();
  const distances = new Map<string, DistantServer>();
  const gateOf = (user: string): Gate => {
    const gate = gates.get(user);
    if (gate === undefined) throw new Error(`${user} has no account here`);
    return gate;
  };
  const receiverAt = (port: number): Receiver => {
    const receiver = receivers.get(port);
    if (receiver === undefined) throw new Error(`nobody listens on ${port} here`);
    return receiver;
  };
  return {
    /** A new account in cleartext, by a gate of its own. */
    account: async ({ protocol }: { readonly protocol: 'imap' | 'pop3' }): Promise<Caller> => {
      const caller = await host.caller(protocol, 'cleartext');
      const gate = await startGate(host.dovecot.ports[protocol]);
      gates.set(caller.user, gate);
      return { ...caller, mailServer: `${protocol}://127.0.0.1:${gate.port}?security=none` };
    },
    /** The same account, a way of so many milliseconds from here. */
    afar: async ({ caller, oneWayMs }: { readonly caller: Caller; readonly oneWayMs: number }): Promise<Caller> => {
      const server = await startDistantServer(gateOf(caller.user).port, oneWayMs);
      distances.set(caller.user, server);
      return { ...caller, mailServer: caller.mailServer.replace(/:\d+\?/, `:${server.port}?`) };
    },
    deliver: async ({ user, mails }: { readonly user: string; readonly mails: readonly Mail[] }): Promise<null> => {
      for (const { label, mailbox = 'INBOX', receivedAtMs } of mails) {
        await host.dovecot.deliver(user, mailbox, letter(label), { receivedAt: new Date(receivedAtMs) });
      }
      return null;
    },
    /** What another mail program of the account has the server do, a command after the other. */
    program: async ({
      caller,
      mailbox,
      commands,
    }: {
      readonly caller: Caller;
      readonly mailbox?: string;
      readonly commands: readonly string[];
    }): Promise<readonly string[]> => {
      const program = await mailProgram(host.dovecot, caller, mailbox);
      const answers: string[] = [];
      for (const command of commands) answers.push(await program.command(command));
      program.close();
      return answers;
    },
    password: async ({ user, password }: { readonly user: string; readonly password: string }): Promise<null> => {
      await host.dovecot.setPassword(user, password);
      return null;
    },
    /** The server has lost what it knew of a mailbox, as when it was restored from a backup: all messages get other UIDs and a later UIDVALIDITY. */
    forgetMailbox: async ({ user, mailbox }: { readonly user: string; readonly mailbox: string }): Promise<null> => {
      const folder = folderPath(host.dovecot.maildir(user), mailbox);
      const kept = [
        'dovecot-uidlist',
        'dovecot.index',
        'dovecot.index.log',
        'dovecot.index.log.2',
        'dovecot.index.cache',
      ];
      for (const name of kept) await rm(join(folder, name), { force: true });
      return null;
    },
    gate: async ({ user, isOpen }: { readonly user: string; readonly isOpen: boolean }): Promise<null> => {
      await (isOpen ? gateOf(user).open() : gateOf(user).shut());
      return null;
    },
    /** So far. */
    traffic: async ({ user }: { readonly user: string }) => {
      const { connections, lines } = gateOf(user);
      return { connections, lines, roundTrips: distances.get(user)?.roundTrips ?? 0 };
    },
    /** A new one. */
    receiver: async (_: null) => {
      const receiver = await startReceiver();
      receivers.set(receiver.port, receiver);
      return { port: receiver.port, url: receiver.url(), secret: receiver.secret };
    },
    /** From now on: one after the other, the last one for ever. */
    behave: async ({ port, does }: { readonly port: number; readonly does: readonly Deed[] }): Promise<null> => {
      const list = does.map((deed) =>
        typeof deed === 'string' ? (behaviours[deed] ?? accepting) : answering(deed.status, deed.headers),
      );
      let next = 0;
      receiverAt(port).behave(() => list[Math.min(next++, list.length - 1)] ?? accepting);
      return null;
    },
    /** Those that were not taken yet. */
    received: async ({ port }: { readonly port: number }): Promise<readonly ReceivedThere[]> =>
      receiverAt(port)
        .take()
        .map(({ path, headers, body }) => ({ path, headers, body: Buffer.from(body).toString('utf8') })),
    stop: async (_: null): Promise<null> => {
      for (const server of distances.values()) await server.stop();
      for (const gate of gates.values()) await gate.shut();
      for (const receiver of receivers.values()) await receiver.stop();
      await host.stop();
      return null;
    },
  };
}
