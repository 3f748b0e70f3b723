/**
 * One number about a mailbox that need not be selected (STATUS, RFC 9051 §6.3.11).
 */
import { ok, type Result } from '../../core/failure.ts';
import { attempt } from './attempt.ts';
import { forOurselves, type GrantedPath } from './granted-path.ts';
import type { ImapResponse } from './imapflow.ts';
import { responseCodeOf } from './response.ts';
import type { ImapSession } from './session.ts';
import { listIn, textIn } from './token-values.ts';
import { atom } from './tokens.ts';

/** Null when the server does not tell. Fails as it refuses. */
export async function statusNumber(
  session: ImapSession,
  path: GrantedPath,
  item: 'APPENDLIMIT' | 'UIDNEXT' | 'UIDVALIDITY',
): Promise<Result<number | null>> {
  let told: number | null = null;
  const status = await attempt(() =>
    session.exec('STATUS', [session.pathToken(path), [atom(item)]], {
      STATUS: async (response) => {
        told = numberIn(response, item) ?? told;
      },
    }),
  );
  return status.ok ? ok(told) : status;
}

/**
 * The UIDVALIDITY of the mailbox that has the name of the selected one now; null when the server refuses to tell. A server that
 * calls the question a mistake (RFC 9051 §6.3.11, `[CLIENTBUG]`) has not looked.
 */
export async function selectedValidity(
  session: ImapSession,
  path: string,
): Promise<number | null | 'untold' | 'in vain'> {
  let told: number | null = null;
  const status = await attempt(() =>
    session.exec('STATUS', [session.pathToken(forOurselves(path)), [atom('UIDVALIDITY')]], {
      STATUS: async (response) => {
        told = numberIn(response, 'UIDVALIDITY') ?? told;
      },
    }),
  );
  if (!status.ok) return null;
  if (responseCodeOf(status.value) === 'CLIENTBUG') return 'in vain';
  return told ?? 'untold';
}

/** `* STATUS "Archive" (APPENDLIMIT 35651584)`; NIL for no limit. */
function numberIn({ attributes }: ImapResponse, item: string): number | null {
  const texts = listIn(attributes?.[1]).map(textIn);
  const at = texts.findIndex((text) => text?.toUpperCase() === item);
  const value = at < 0 ? null : texts[at + 1];
  return typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : null;
}
