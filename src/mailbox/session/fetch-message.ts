/**
 * One message: what was asked for of its header, its structure, and the bytes of what is meant to be read.
 *
 * Two round trips where the body is read: what the parts are decides which of them to fetch, and how much of them. One for all
 * else. Attachments stay where they are. `\Seen` stays as it is.
 */
import { err, ok, type Result } from '../../core/failure.ts';
import { limits } from '../../core/limits.ts';
import { type Needed, neededFor } from '../../core/needed.ts';
import { type Timings, timed } from '../../core/reply.ts';
import type { FetchedMessage, MessageName } from '../answers.ts';
import { fetchBodies } from './fetch-bodies.ts';
import { emailOf, itemsOf } from './fetched-email.ts';
import { fetchWithModseq } from './message-state.ts';
import type { SelectedMailbox } from './select.ts';
import type { ImapSession } from './session.ts';

export interface MessageRequest {
  /** After transfer decoding, for each of the text and the HTML. */
  readonly maxBodyBytes: number;
  /** All that an Email has without being asked, if nothing is said. */
  readonly needed?: Needed;
}

const everything = neededFor(undefined);

export async function fetchMessage(
  session: ImapSession,
  selected: SelectedMailbox,
  name: MessageName,
  { maxBodyBytes, needed = everything }: MessageRequest,
  timings: Timings,
): Promise<Result<FetchedMessage>> {
  if (name.uidValidity !== selected.uidValidity) return err({ kind: 'state-gone' });
  const { header, headerFields, structure: hasStructure, labels } = needed;
  const wanted = {
    header,
    headerFields,
    maxHeaderBytes: limits.headerBytes,
    structure: hasStructure,
    labels: labels ? selected.access : null,
  };
  return timed(timings, 'fetch', async () => {
    const row = await fetchWithModseq(session, name.uid, itemsOf(wanted, session));
    if (row === null) return err({ kind: 'message-not-found' });
    const email = emailOf(row, wanted);
    const isWhole =
      email !== null && (header === 'none' || row.headers !== undefined) && (!hasStructure || email.structure !== null);
    if (!isWhole) {
      return err({ kind: 'protocol-violated', detail: 'It sent a message without all that it was asked for.' });
    }
    const { structure } = email;
    const read =
      structure === null
        ? ok({ bodies: new Map(), embedded: new Map() })
        : await fetchBodies(session, name.uid, structure, needed, maxBodyBytes);
    if (!read.ok) return read;
    return ok({ ...email, modseq: row.modseq ?? null, mailboxPath: selected.path, ...read.value });
  });
}
