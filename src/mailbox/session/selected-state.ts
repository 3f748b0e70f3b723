/**
 * What has become of the selected mailbox since it was selected?
 *
 * Counts arrive at any time (imapflow follows EXISTS and EXPUNGE); here it is noticed that sequence numbers have shifted, and
 * that the server has numbered the mailbox anew, which it tells in an untagged OK (RFC 9051 §2.3.1.1).
 */
import type { ImapClient, MailboxObject } from './imapflow.ts';
import { uidValidityOf } from './select-answer.ts';
import { textIn } from './token-values.ts';
import { vanishedIn } from './uid-ranges.ts';

/** What SELECT has told, all of it of one moment. imapflow moves its own numbers on with each row that it sees, which may leave out others. */
export interface MailboxMoment {
  /** HIGHESTMODSEQ; null where the mailbox has none, or the server has not told it. */
  readonly modseq: bigint | null;
  /** 0 when the server has not told it. */
  readonly uidNext: number;
  /** How many messages there were. */
  readonly exists: number;
}

interface SelectedState {
  /** Null while nothing is selected. */
  readonly moment: MailboxMoment | null;
  /** How many times messages have been removed. */
  readonly removals: number;
  /** True from the moment that another UIDVALIDITY was told until the mailbox is left. */
  readonly isRenumbered: boolean;
  /** What the server says its UIDVALIDITY is; null for none. */
  tell(uidValidity: number | null): void;
  enter(mailbox: MailboxObject): void;
  leave(): void;
}

export function followMailbox(client: ImapClient): SelectedState {
  let removals = 0;
  let isRenumbered = false;
  let moment: MailboxMoment | null = null;
  client.untaggedHandlers['EXPUNGE'] = async (response) => {
    removals += 1;
    await client.untaggedExpunge(response);
  };
  // What EXPUNGE says where QRESYNC is on: it means as many as it names (RFC 7162 §3.2.10).
  client.untaggedHandlers['VANISHED'] = async (response) => {
    removals += 1;
    if (client.mailbox) client.mailbox.exists -= Math.min(client.mailbox.exists, vanishedIn(response));
  };
  const tell = (uidValidity: number | null): void => {
    if (!client.mailbox) return;
    if (uidValidity === null || BigInt(uidValidity) !== client.mailbox.uidValidity) isRenumbered = true;
  };
  client.sectionHandlers['UIDVALIDITY'] = async ([token]) => tell(uidValidityOf(textIn(token) ?? ''));
  return {
    get moment() {
      return moment;
    },
    get removals() {
      return removals;
    },
    get isRenumbered() {
      return isRenumbered;
    },
    tell,
    enter(mailbox) {
      client.mailbox = mailbox;
      moment = momentOf(mailbox);
      client.state = client.states.SELECTED;
      isRenumbered = false;
    },
    leave() {
      client.mailbox = false;
      moment = null;
      client.state = client.states.AUTHENTICATED;
      isRenumbered = false;
    },
  };
}

const momentOf = ({ highestModseq = 0n, noModseq, uidNext, exists }: MailboxObject): MailboxMoment => ({
  modseq: highestModseq === 0n || noModseq === true ? null : highestModseq,
  uidNext,
  exists,
});
