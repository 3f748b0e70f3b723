/**
 * In which order?
 *
 * `sort` is a list of properties, separated by commas, the first counting most, each with `-` before it for descending. `arrival` is
 * the order in which messages came into the mailbox, by UID; every server has it, and it stands alone. The others are keys of SORT
 * (RFC 5256).
 */
export const sortProperties = ['receivedAt', 'sentAt', 'from', 'to', 'subject', 'size'] as const;
export type SortProperty = (typeof sortProperties)[number];

export interface SortKey {
  readonly property: SortProperty | 'arrival';
  readonly isDescending: boolean;
}

/** Never empty. */
export type Sort = readonly [SortKey, ...SortKey[]];

export const byArrival: Sort = [{ property: 'arrival', isDescending: true }];

export const isByArrival = ([{ property }]: Sort): boolean => property === 'arrival';

/** What comes nearest to it where the server cannot sort. */
export const arrivalInsteadOf = ([{ property, isDescending }]: Sort): Sort => [
  { property: 'arrival', isDescending: isDescending || property !== 'receivedAt' },
];

/** Null when it names something else, or something twice. */
export function sortOf(text: string): Sort | null {
  const names = [...sortProperties, 'arrival' as const];
  const keys = text.split(',').flatMap((part): SortKey[] => {
    const [, minus, name] = /^\s*(-?)([A-Za-z]+)\s*$/.exec(part) ?? [];
    const property = names.find((known) => known === name);
    return property === undefined ? [] : [{ property, isDescending: minus === '-' }];
  });
  const [first, ...rest] = keys;
  if (first === undefined || keys.length !== text.split(',').length) return null;
  const isRepeated = new Set(keys.map(({ property }) => property)).size < keys.length;
  const isMixed = keys.length > 1 && keys.some(({ property }) => property === 'arrival');
  return isRepeated || isMixed ? null : [first, ...rest];
}

export const sortText = (sort: Sort): string =>
  sort.map(({ property, isDescending }) => (isDescending ? '-' : '') + property).join(',');

const imapKeys = {
  receivedAt: 'ARRIVAL',
  sentAt: 'DATE',
  from: 'FROM',
  to: 'TO',
  subject: 'SUBJECT',
  size: 'SIZE',
} as const satisfies Record<SortProperty, string>;

/** RFC 5256 §3: `REVERSE DATE SUBJECT`. */
export const sortProgram = (sort: Sort): string[] =>
  sort.flatMap(({ property, isDescending }) =>
    property === 'arrival' ? [] : [...(isDescending ? ['REVERSE'] : []), imapKeys[property]],
  );
