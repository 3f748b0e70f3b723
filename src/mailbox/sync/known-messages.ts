/**
 * How does a state hold which messages there were?
 *
 * Exactly, while that is short: runs of UIDs with the same mark, deflated. As a sketch otherwise, of constant size, from which up to
 * some hundred differences can be told. Pure.
 */
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { OctetReader, type OctetWriter, Unreadable, OctetWriter as Writer } from '../../core/octets.ts';
import type { Uid } from '../answers.ts';
import { ascending, type Difference, differencesBetween, type MarkedMessages } from './differences.ts';
import { Sketch } from './sketch.ts';

export type KnownMessages =
  | { readonly form: 'exact'; readonly messages: MarkedMessages }
  /** `highest` is the highest UID of the set: those above it have come since, and are none of its differences. */
  | { readonly form: 'sketch'; readonly highest: Uid; readonly sketch: Sketch };

/** What an exact set may take: as much as a sketch. A state shall fit into the address of a request, of which servers take 8 KB. */
const mostExactBytes = 5_000;

const forms = { exact: 0, sketch: 1 } as const;

export function writeKnown(octets: OctetWriter, messages: MarkedMessages): void {
  const exact = deflateRawSync(runsOf(messages), { level: 9 });
  if (exact.length <= mostExactBytes) {
    octets.octet(forms.exact);
    octets.small(exact.length);
    octets.bytes(exact);
    return;
  }
  const highest = highestOf(messages);
  octets.octet(forms.sketch);
  octets.small(highest);
  Sketch.of(messages).write(octets);
}

export function readKnown(octets: OctetReader): KnownMessages {
  const form = octets.octet();
  if (form === forms.sketch) {
    return { form: 'sketch', highest: octets.small() as Uid, sketch: Sketch.read(octets) };
  }
  if (form !== forms.exact) throw new Unreadable();
  const exact = octets.bytes(octets.small());
  const runs = inflateRawSync(exact);
  return { form: 'exact', messages: messagesOf(new OctetReader(runs)) };
}

/** What has changed from `known` to `after`, by ascending UID; null when that cannot be told. */
export function differencesSince(known: KnownMessages, after: MarkedMessages): Difference[] | null {
  if (known.form === 'exact') return differencesBetween(known.messages, after);
  const old = new Map([...after].filter(([uid]) => uid <= known.highest));
  const changed = known.sketch.differencesTo(old);
  if (changed === null) return null;
  const arrived = [...after]
    .filter(([uid]) => uid > known.highest)
    .map(([uid, mark]) => ({ uid, before: 0, after: mark }));
  return ascending([...changed, ...arrived]);
}

function highestOf(messages: MarkedMessages): Uid {
  let highest = 0 as Uid;
  for (const uid of messages.keys()) if (uid > highest) highest = uid;
  return highest;
}

interface Run {
  readonly gap: number;
  length: number;
  readonly mark: number;
}

/** The marks that occur; then of all runs the gap before, the length and the mark, each kind by itself, as like deflates best with like. */
function runsOf(messages: MarkedMessages): Uint8Array {
  const runs: Run[] = [];
  let last = 0;
  for (const [uid, mark] of [...messages].sort(([one], [other]) => one - other)) {
    const run = runs.at(-1);
    if (run !== undefined && uid === last + 1 && run.mark === mark) run.length += 1;
    else runs.push({ gap: uid - last - 1, length: 1, mark });
    last = uid;
  }
  const marks = new Map<number, number>();
  for (const { mark } of runs) if (!marks.has(mark)) marks.set(mark, marks.size);
  const octets = new Writer();
  octets.small(marks.size);
  for (const mark of marks.keys()) octets.small(mark);
  octets.small(runs.length);
  for (const { gap } of runs) octets.small(gap);
  for (const { length } of runs) octets.small(length);
  for (const { mark } of runs) octets.small(marks.get(mark) ?? 0);
  return octets.whole();
}

function messagesOf(octets: OctetReader): Map<Uid, number> {
  const marks = listOf(octets, octets.small());
  const count = octets.small();
  const gaps = listOf(octets, count);
  const lengths = listOf(octets, count);
  const kinds = listOf(octets, count);
  const messages = new Map<Uid, number>();
  let uid = 0;
  for (const [index, gap] of gaps.entries()) {
    uid += gap;
    const mark = marks[kinds[index] ?? 0];
    if (mark === undefined) throw new Unreadable();
    for (let left = lengths[index] ?? 0; left > 0; left--) messages.set(++uid as Uid, mark);
  }
  return messages;
}

function listOf(octets: OctetReader, length: number): number[] {
  const list: number[] = [];
  for (let left = length; left > 0; left--) list.push(octets.small());
  return list;
}
