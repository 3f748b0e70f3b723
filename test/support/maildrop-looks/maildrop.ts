/**
 * Messages that wait in a scripted maildrop, and somebody who has looked at them.
 */
import type { WatchEvent } from '../../../src/watch/event.ts';
import type { Settings } from '../../../src/watch/subscription.ts';
import { letter } from '../mail.ts';
import { type PopScript, type PopServer, type Spooled, withPopServer } from '../pop-script.ts';
import type { Looker, lookStage } from './looker.ts';

export const spooled = (uidl: string, bytes: Uint8Array = letter(uidl)): Spooled => ({ uidl, bytes });
export const spool = (...uidls: readonly string[]): Spooled[] => uidls.map((uidl) => spooled(uidl));

type Use = (looker: Looker, server: PopServer) => Promise<void>;

/** With a server for each, and somebody who has looked at these messages once. */
export const lookersOn =
  (stage: ReturnType<typeof lookStage>) =>
  (
    messages: Spooled[],
    use: Use,
    { settings = {}, ...script }: PopScript & { readonly settings?: Partial<Settings> } = {},
  ): Promise<void> =>
    withPopServer({ messages, ...script }, async (server) => {
      const looker = stage.looker(server.caller(), settings);
      await looker.look();
      await use(looker, server);
    });

/** Of the messages that events are about, with the place of one of several. */
export const uidlsIn = (events: readonly WatchEvent[]): (string | null)[] =>
  events.map(({ ref }) => (ref?.protocol === 'pop3' ? [ref.uidl, ref.occurrence].filter(Boolean).join(' ') : null));

export const typesIn = (events: readonly WatchEvent[]): string[] => events.map(({ type }) => type);
