/**
 * How is a moment written as a UTCDate? (RFC 8620 §1.4)
 */

/** `ms`: milliseconds since 1970. */
export const utcDateOf = (ms: number): string => new Date(ms).toISOString();
