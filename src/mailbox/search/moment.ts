/**
 * Which moment does a date mean?
 *
 * A date alone is its midnight in UTC, the same on every server; a moment in another zone is written with it (RFC 3339).
 */

/** In milliseconds since 1970; null when it is neither a date nor a moment with its zone. */
export function momentOf(text: string): number | null {
  const [, date = '', time, zone = 'Z'] =
    /^(\d{4}-\d{2}-\d{2})(?:T(\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?)(Z|[+-]\d{2}:\d{2}))?$/i.exec(text) ?? [];
  // `Date.parse` takes 31 February for 3 March.
  const day = Date.parse(`${date}T00:00:00Z`);
  if (Number.isNaN(day) || new Date(day).toISOString().slice(0, 10) !== date) return null;
  const atMs = time === undefined ? day : Date.parse(`${date}T${time}${zone}`.toUpperCase());
  return Number.isNaN(atMs) || atMs < earliestMs || atMs > latestMs ? null : atMs;
}

export const momentRemedy =
  'Give a date (2026-11-16, which begins at midnight UTC) or a moment (2026-11-16T08:30:00Z).';

/** Years of four digits are all that a SEARCH can name, with a few days around them. */
const earliestMs = Date.UTC(1000, 0, 1);
const latestMs = Date.UTC(9999, 0, 1);
