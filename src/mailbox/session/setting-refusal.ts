/**
 * Which marks make a message go, so that whoever may not delete may not set them?
 */
import { type Access, lackOf } from '../../core/access.ts';
import type { MailFailure } from '../../core/failure.ts';
import { deleted } from './expunge-message.ts';
import { hasFlag } from './message-state.ts';

/**
 * What has `\Deleted` is removed by the next EXPUNGE of whatever program. And what has `\Draft` may be replaced by another message,
 * which nobody shall make of a message that is none; a new one may be a draft.
 */
export function settingRefusal(access: Access, flags: readonly string[], of: 'new' | 'existing'): MailFailure | null {
  const goes = hasFlag(flags, deleted) || (of === 'existing' && hasFlag(flags, draft));
  return goes ? lackOf(access, 'delete') : null;
}

export const draft = '\\Draft';
