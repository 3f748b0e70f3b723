/**
 * Has the server told of a change that nobody asked for?
 *
 * It may do so during any command (RFC 9051 §7), and tells each change once. What a command has asked for goes to the
 * command's own handlers, and is no news.
 */
import type { ImapClient, ImapResponse } from './imapflow.ts';

export interface News {
  /** Whom to tell; null for nobody. */
  listener: (() => void) | null;
}

/** To be called when the handlers are there that follow the mailbox: these go on to do their work. */
export function newsOf(client: ImapClient): News {
  const news: News = { listener: null };
  const tell = (): void => news.listener?.();
  const alsoTell = (name: string, isNews: (work: () => Promise<void>) => Promise<boolean>): void => {
    const follow = client.untaggedHandlers[name];
    client.untaggedHandlers[name] = async (response: ImapResponse) => {
      if (await isNews(async () => follow?.(response))) tell();
    };
  };
  const always = async (work: () => Promise<void>): Promise<boolean> => {
    await work();
    return true;
  };
  alsoTell('EXPUNGE', always);
  alsoTell('VANISHED', always);
  alsoTell('FETCH', always);
  // Some servers repeat the count whenever IDLE begins.
  alsoTell('EXISTS', async (work) => {
    const count = (): number | null => (client.mailbox ? client.mailbox.exists : null);
    const before = count();
    await work();
    return count() !== before;
  });
  const renumber = client.sectionHandlers['UIDVALIDITY'];
  client.sectionHandlers['UIDVALIDITY'] = async (section) => {
    await renumber?.(section);
    // While a mailbox is being selected it is part of the answer.
    if (client.mailbox) tell();
  };
  return news;
}
