/**
 * Do our answers fit the types that a JMAP client is written against? (RFC 8621)
 *
 * The types are somebody else's: those of jmap-jam. Nothing here runs; it compiles, or `test/jmap.test.ts` says why not. For an
 * Email they leave out what the RFC has as null, so null is taken away from ours before the two are compared.
 */
import type { Email, EmailAddress, EmailBodyPart, EmailHeader, Mailbox } from 'jmap-rfc-types/jmap-mail';
import type { z } from 'zod';
import type { EmailAddress as OurAddress, EmailBodyPart as OurPart } from '../../src/core/email-part.ts';
import type { EmailSchema } from '../../src/mailbox/schema/email.ts';
import type { MailboxSchema } from '../../src/mailbox/schema/mailbox.ts';

/** The same without null, all the way down: a member that may be null may be missing. */
type WithoutNull<T> = T extends readonly (infer Item)[]
  ? WithoutNull<Item>[]
  : T extends object
    ? { [Key in keyof T as null extends T[Key] ? never : Key]: WithoutNull<T[Key]> } & {
        [Key in keyof T as null extends T[Key] ? Key : never]?: WithoutNull<NonNullable<T[Key]>>;
      }
    : T;

/** An Email with all members there: undefined stands for those that `fields` left out. */
type OurEmail = {
  [Key in keyof Required<z.output<typeof EmailSchema>>]-?: Exclude<z.output<typeof EmailSchema>[Key], undefined>;
};
/** A Mailbox with all that can be asked for; what a server does not tell is null, and JMAP has no word for that. */
type OurMailbox = {
  [Key in keyof Required<z.output<typeof MailboxSchema>>]-?: Exclude<z.output<typeof MailboxSchema>[Key], undefined>;
};
type Told<T> = { [Key in keyof T]: Key extends Untold ? NonNullable<T[Key]> : T[Key] };

/** What JMAP has no name for. A new one has to be put here on purpose. */
type BeyondEmail =
  | 'text'
  | 'isTextDerived'
  | 'html'
  | 'cidLinks'
  | 'isSigned'
  | 'isEncrypted'
  | 'isTruncated'
  | 'isEncodingProblem'
  | 'labels';
type BeyondPart = 'kind' | 'message';
type BeyondMailbox = 'isSelectable' | 'namespace' | 'size';
type Untold = 'totalEmails' | 'unreadEmails' | 'myRights';

/** Ours is accepted where theirs is asked for. */
type Fits<Theirs, Ours extends Theirs> = Ours;
/** Members that are neither theirs nor named beyond them, and those that are both. */
type Misnamed<Theirs, Ours, Beyond extends keyof Ours> =
  | Exclude<keyof Ours, keyof Theirs | Beyond>
  | Extract<Beyond, keyof Theirs>;

type Shared<Theirs, Ours> = Pick<Theirs, Extract<keyof Ours, keyof Theirs>>;

export type Checked = [
  Fits<never, Misnamed<Email, OurEmail, BeyondEmail>>,
  Fits<Shared<Email, OurEmail>, WithoutNull<Omit<OurEmail, BeyondEmail>>>,
  Fits<never, Misnamed<EmailBodyPart, OurPart, BeyondPart>>,
  Fits<EmailBodyPart, WithoutNull<OurPart>>,
  Fits<EmailAddress, WithoutNull<OurAddress>>,
  Fits<EmailHeader, OurEmail['headers'][number]>,
  Fits<never, Misnamed<Mailbox, OurMailbox, BeyondMailbox>>,
  Fits<Shared<Mailbox, OurMailbox>, Told<Omit<OurMailbox, BeyondMailbox>>>,
];
