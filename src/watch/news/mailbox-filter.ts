/**
 * Is a message one of those that a subscription is about?
 *
 * By what is told of it; what `q` asks for is another question. Pure.
 */
import { headersOf } from '../../core/mime/header.ts';
import type { FetchedEmail } from '../../mailbox/answers.ts';
import type { SeenEmail } from '../../mailbox/session/seen-emails.ts';
import type { Settings, Subscription } from '../subscription.ts';
import { isFrom, isOfSize, isOld } from './filter.ts';

type Filter = Pick<Settings, 'from' | 'minBytes' | 'maxBytes'>;

/** One of which nothing can be told is what is wanted where all are. */
export function isWanted(settings: Filter, { email }: SeenEmail): boolean {
  const { from, minBytes, maxBytes } = settings;
  if (email === null) return from.length === 0 && minBytes === null && maxBytes === null;
  return isOfSize(settings, email.size) && isFrom(settings, sendersOf(email));
}

const sendersOf = ({ header }: FetchedEmail): string[] =>
  header === null ? [] : (headersOf(header).from ?? []).map(({ email }) => email);

/** Some servers tell no date that could be read. */
export function isOldMail(subscription: Pick<Subscription, 'settings' | 'createdAtMs'>, { email }: SeenEmail): boolean {
  const receivedAtMs = email?.receivedAt.getTime() ?? 0;
  return isOld(subscription, receivedAtMs === 0 ? null : receivedAtMs);
}
