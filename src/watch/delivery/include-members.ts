/**
 * Which members of a message does `include` ask for?
 *
 * The same whichever protocol it is read by, and when it is sent. Pure.
 */
import type { JsonObject } from '../event.ts';
import type { Include } from '../subscription.ts';

/** What can be asked for, the largest first, and the members that it makes. */
const members = {
  raw: ['raw'],
  html: ['html', 'cidLinks'],
  headers: ['headers'],
  text: ['text', 'isTextDerived', 'isSigned', 'isEncrypted'],
  attachments: ['attachments'],
} as const satisfies Partial<Record<keyof Include, readonly string[]>>;
export type IncludedPart = keyof typeof members;

/** Of the strings that were made, whichever. */
const aboutStrings = ['isTruncated', 'isEncodingProblem'];

const parts = ['raw', 'html', 'headers', 'text', 'attachments'] as const satisfies readonly IncludedPart[];

const allMembers: ReadonlySet<string> = new Set([...Object.values(members).flat(), ...aboutStrings]);

/** What is asked for that has to be read. */
export const partsIncluded = (include: Include): readonly IncludedPart[] => parts.filter((part) => include[part]);

export const membersIncluded = (include: Include): readonly string[] => [
  ...partsIncluded(include).flatMap((part) => members[part]),
  ...(include.text || include.html ? aboutStrings : []),
];

/** Of what was read of a message, what is asked for. */
export function includedIn(message: JsonObject, include: Include): JsonObject {
  const asked = new Set(membersIncluded(include));
  return Object.fromEntries(Object.entries(message).filter(([name]) => asked.has(name)));
}

/** The rest of what was read. */
export const summaryIn = (message: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(message).filter(([name]) => !allMembers.has(name)));

/** What of these was asked for and is not there. */
export const partsMissing = (included: JsonObject, include: Include): readonly IncludedPart[] =>
  partsIncluded(include).filter((part) => !(members[part][0] in included));
