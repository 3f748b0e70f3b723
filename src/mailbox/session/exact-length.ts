/**
 * How many octets has a section exactly?
 *
 * Some servers estimate RFC822.SIZE (Exchange does unless it is told not to). Whoever promises a length in HTTP and is wrong
 * gives half a message that looks whole, so the server is asked for the octets around the end that it told.
 */
import { Failed } from '../../core/failure.ts';
import { fetchOne } from './fetch-one.ts';
import { octetsOf } from './fetched-email.ts';
import type { Section } from './section-reader.ts';
import type { ImapSession } from './session.ts';
import { atom, peek } from './tokens.ts';

/** Whether there are `told` octets, no more and no less. */
export async function isExact(session: ImapSession, section: Section, told: number): Promise<boolean> {
  const start = Math.max(0, told - 1);
  return (await countFrom(session, section, start, told + 1 - start)) === told - start;
}

/** The length, which `told` is near to. Throws Failed. */
export async function exactLength(session: ImapSession, section: Section, told: number): Promise<number> {
  if (await isExact(session, section, told)) return told;
  const has = async (octet: number) => (await countFrom(session, section, octet, 1)) > 0;
  let { least, most } = await around(has, told);
  while (least < most) {
    const middle = Math.floor((least + most) / 2);
    if (await has(middle)) least = middle + 1;
    else most = middle;
  }
  return least;
}

/** Bounds of the length, found in steps that double: the estimate is not far off. */
async function around(has: (octet: number) => Promise<boolean>, told: number) {
  let least = 0;
  let most = told;
  if (!(await has(told))) {
    for (let step = 1; step <= most && least === 0; step *= 2) {
      if (await has(told - step)) least = told - step + 1;
      else most = told - step;
    }
    return { least, most };
  }
  for (let step = 1; ; step *= 2) {
    least = most + 1;
    most = told + step;
    // RFC 9051 §9: an octet is named by a number of 32 bits.
    if (most > 0xffffffff) throw new Failed({ kind: 'protocol-violated', detail: 'A message of it has no end.' });
    if (!(await has(most))) return { least, most };
  }
}

async function countFrom(
  session: ImapSession,
  { uid, section }: Section,
  start: number,
  count: number,
): Promise<number> {
  const row = await fetchOne(session, uid, [peek(section === '' ? [] : [atom(section)], start, count)]);
  if (row === null) throw new Failed({ kind: 'message-not-found' });
  const bytes = octetsOf(row, section, start);
  if (bytes !== null && bytes.length <= count) return bytes.length;
  session.close();
  throw new Failed({ kind: 'protocol-violated', detail: 'It sent something else of a message than it was asked for.' });
}
