/**
 * What lies in the maildrop, and by which name is each message known in another session?
 *
 * UIDL and LIST have to tell of the same messages, in order. Where there is no UIDL (RFC 1939 §7 does not demand it) a
 * message is known by a hash of its header and its size. A listing that does not hold together is none: a message that is
 * taken for another would be deleted for it.
 */
import { Failed } from '../../core/failure.ts';
import { limits } from '../../core/limits.ts';
import type { SpooledMessage } from '../answers.ts';
import { headerName, isUidl, withOccurrences } from '../rules.ts';
import { hasCapability } from './capabilities.ts';
import type { LoggedIn } from './login.ts';
import { type Marker, markerOf } from './marker.ts';
import { type Command, type Reply, repliesTo } from './pipeline.ts';
import { commandRefused, optionalRefused } from './refusals.ts';
import { collected } from './reply-reader.ts';
import type { Body } from './wire.ts';

declare const brand: unique symbol;
/** A message's number inside one session; it means nothing in another. */
export type MessageNumber = number & { readonly [brand]: 'MessageNumber' };

export interface NumberedMessage extends SpooledMessage {
  readonly number: MessageNumber;
}

/** Which question about a message has an answer that is known. */
export interface KnownAnswer {
  readonly verb: Marker['verb'];
  /** True when the server announces PIPELINING and has answered once as it should: it may be sent behind a command. */
  readonly isProven: boolean;
}

export interface Listing {
  readonly messages: readonly NumberedMessage[];
  readonly known: KnownAnswer;
}

type Row = readonly [MessageNumber, string];
type Sized = Pick<NumberedMessage, 'number' | 'size'>;

/** What a header or an -ERR takes, to reckon with. */
const shortReplyBytes = 8 * 1024;

/** What the session sees: read once, as it can't change. Throws Failed. */
export async function readListing(server: LoggedIn): Promise<Listing> {
  const isPipelined = hasCapability(server.capabilities, 'PIPELINING');
  // Whether UIDL of one message is fit to be a marker is found out in the same round trip.
  const asked = [listing('UIDL'), listing('LIST'), ...(isPipelined ? [single('UIDL')] : [])];
  const replies = repliesTo(server.wire, asked, { isPipelined });
  const uidls = await uidlsIn(await nextOf(replies), hasCapability(server.capabilities, 'UIDL'));
  const sized = await sizesIn(await nextOf(replies));
  const one = isPipelined ? await nextOf(replies) : null;
  if (uidls === null) return namedByHeader(server, sized);
  const messages = withOccurrences(joined(uidls, sized));
  return { messages, known: { verb: 'UIDL', isProven: isRight(one, uidls[0]) } };
}

/** The header block of one message (TOP with no lines of the body). */
export const headerOf = (message: NumberedMessage, { verb }: KnownAnswer): Command => ({
  verb: 'TOP',
  line: `TOP ${message.number} 0`,
  replyBytes: shortReplyBytes,
  isMultiLine: true,
  marker: markerOf(verb, message, null),
});

const listing = (verb: 'UIDL' | 'LIST'): Command => ({ verb, line: verb, replyBytes: 0, isMultiLine: true });
const single = (verb: 'UIDL' | 'LIST'): Command => ({ verb, line: `${verb} 1`, replyBytes: 0, isMultiLine: false });

const isRight = (reply: Reply | null, row: readonly [number, string | number] | undefined): boolean =>
  reply !== null && reply.refused === null && row !== undefined && reply.status.trimEnd() === row.join(' ');

/** The messages of a server without UIDL, by their headers: a round trip each where nothing may be sent ahead. */
async function namedByHeader(server: LoggedIn, sized: readonly Sized[]): Promise<Listing> {
  const [one] = sized;
  if (one === undefined) return { messages: [], known: { verb: 'LIST', isProven: false } };
  const known: KnownAnswer = { verb: 'LIST', isProven: await isListProven(server, one) };
  const commands = sized.map((message) => headerOf({ ...message, uidl: '', occurrence: null }, known));
  const messages: (Sized & { readonly uidl: string })[] = [];
  for await (const reply of repliesTo(server.wire, commands, { isPipelined: known.isProven })) {
    const message = sized[messages.length];
    if (message === undefined) break;
    const header = await headerIn(reply, server, 'UIDL, or TOP to tell messages apart without it');
    messages.push({ ...message, uidl: await headerName(header, message.size) });
  }
  return { messages: withOccurrences(messages), known };
}

async function isListProven({ wire, capabilities }: LoggedIn, { number, size }: Sized): Promise<boolean> {
  if (!hasCapability(capabilities, 'PIPELINING')) return false;
  const reply = await nextOf(repliesTo(wire, [single('LIST')], { isPipelined: true }));
  return isRight(reply, [number, size]);
}

/** What TOP answers; `feature` is what is missing where the server does not know TOP. */
export async function headerIn(reply: Reply, { capabilities }: LoggedIn, feature: string): Promise<Uint8Array> {
  if (reply.refused !== null) {
    throw new Failed(optionalRefused(reply.refused, hasCapability(capabilities, 'TOP'), feature));
  }
  return collected(bodyOf(reply), limits.headerBytes, 'headerBytes');
}

/** The rows of UIDL; null when the server does not know it. */
async function uidlsIn(reply: Reply, isAnnounced: boolean): Promise<readonly Row[] | null> {
  if (reply.refused === null) {
    const rows = await rowsOf('UIDL', reply);
    if (rows.every(([, uidl]) => isUidl(uidl))) return rows;
    throw violated('UIDL gives a unique-id that RFC 1939 §7 does not allow.');
  }
  const failure = optionalRefused(reply.refused, isAnnounced, 'UIDL');
  if (failure.kind === 'unsupported-by-server') return null;
  throw new Failed(failure);
}

async function sizesIn(reply: Reply): Promise<readonly Sized[]> {
  if (reply.refused !== null) throw new Failed(commandRefused(reply.refused));
  return (await rowsOf('LIST', reply)).map(([number, size]) => {
    if (!/^\d{1,15}$/.test(size)) throw violated('LIST does not tell the size of a message.');
    return { number, size: Number(size) };
  });
}

/** A message number, which grows from row to row, and what is said of it. */
async function rowsOf(verb: 'LIST' | 'UIDL', reply: Reply): Promise<readonly Row[]> {
  const bytes = await collected(bodyOf(reply), limits.replyListBytes, 'replyListBytes');
  const lines = new TextDecoder('windows-1252').decode(bytes).split('\r\n').filter(Boolean);
  let last = 0;
  return lines.map((line) => {
    const [digits = '', about] = line.split(' ');
    if (about === undefined) throw violated(`A line of ${verb} is not a number and a word.`);
    const number = /^\d{1,10}$/.test(digits) ? Number(digits) : 0;
    if (number <= last) throw violated(`The numbers in ${verb} do not ascend.`);
    last = number;
    return [number as MessageNumber, about];
  });
}

/**
 * Both lists as one. Numbers may be missing in both, as where a server hides a damaged message; but what is in one alone
 * tells that the other is not whole.
 */
function joined(uidls: readonly Row[], sized: readonly Sized[]): (Sized & { readonly uidl: string })[] {
  const isSame = uidls.length === sized.length && uidls.every(([number], index) => number === sized[index]?.number);
  if (!isSame) throw violated('UIDL and LIST do not tell of the same messages.');
  return sized.map((message, index) => ({ ...message, uidl: uidls[index]?.[1] ?? '' }));
}

export function bodyOf(reply: Reply): Body {
  if (reply.refused !== null || reply.body === null) throw new Error('A reply without a body');
  return reply.body;
}

async function nextOf(replies: AsyncGenerator<Reply, void, undefined>): Promise<Reply> {
  const { value } = await replies.next();
  if (value === undefined) throw new Error('A command without a reply');
  return value;
}

const violated = (detail: string): Failed => new Failed({ kind: 'protocol-violated', detail });
