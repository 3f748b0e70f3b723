/**
 * How much room is there? (QUOTA, RFC 9208)
 */
import type { Access } from '../../core/access.ts';
import { err, ok, type Result } from '../../core/failure.ts';
import { type Timings, timed } from '../../core/reply.ts';
import type { MailboxName, ToldQuota } from '../answers.ts';
import { attempt } from './attempt.ts';
import { granted } from './grant.ts';
import type { ImapResponse } from './imapflow.ts';
import type { ImapSession } from './session.ts';
import { listIn, textIn } from './token-values.ts';
import { explained } from './transfer.ts';

/** Those that count for this mailbox; none where nothing is limited. Fails with `unsupported-by-server`. */
export async function fetchQuotas(
  session: ImapSession,
  access: Access,
  mailbox: MailboxName,
  timings: Timings,
): Promise<Result<ToldQuota[]>> {
  return timed(timings, 'fetch', async () => {
    const allowed = await granted(session, access, mailbox);
    if (!allowed.ok) return allowed;
    if (!session.has('QUOTA')) return err({ kind: 'unsupported-by-server', feature: 'QUOTA' });
    const { value: path } = allowed;
    if (path === null) return err({ kind: 'mailbox-not-found' });
    const quotas = new Map<string, ToldQuota>();
    const told = await attempt(() =>
      session.exec('GETQUOTAROOT', [session.pathToken(path)], {
        QUOTA: async (response) => {
          for (const quota of quotasIn(response)) quotas.set(`${quota.resource} ${quota.root}`, quota);
        },
      }),
    );
    return told.ok ? ok([...quotas.values()]) : err(await explained(session, path, told.failure));
  });
}

/** `* QUOTA "" (STORAGE 10 512 MESSAGE 20 100)`. Courier leaves out the list where nothing is limited. */
export function quotasIn({ attributes: [first, list] = [] }: ImapResponse): ToldQuota[] {
  const root = textIn(first);
  const texts = listIn(list).map((token) => textIn(token) ?? '');
  const quotas: ToldQuota[] = [];
  for (let at = 0; at + 2 < texts.length; at += 3) {
    const resource = resourceOf(texts[at] ?? '');
    const [used, limit] = [numberOf(texts[at + 1] ?? ''), numberOf(texts[at + 2] ?? '')];
    if (root === null || resource === null || used === null || limit === null) continue;
    // RFC 9208 §5.1: units of 1024 octets.
    const unit = resource === 'STORAGE' ? 1024 : 1;
    // What is beyond any number is how some servers say that there is no limit.
    if (Number.isSafeInteger(limit * unit) && Number.isSafeInteger(used * unit))
      quotas.push({ root, resource, used: used * unit, limit: limit * unit });
  }
  return quotas;
}

/** Cyrus calls its own ones `X-NUM-FOLDERS`. What is neither mail nor a mailbox has no name in RFC 9425. */
function resourceOf(name: string): ToldQuota['resource'] | null {
  const upper = name.toUpperCase();
  if (upper === 'X-NUM-FOLDERS') return 'MAILBOX';
  return upper === 'STORAGE' || upper === 'MESSAGE' || upper === 'MAILBOX' ? upper : null;
}

const numberOf = (text: string): number | null => (/^\d{1,20}$/.test(text) ? Number(text) : null);
