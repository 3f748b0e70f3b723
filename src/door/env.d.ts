/**
 * Which bindings may be missing?
 *
 * Secrets that an operator may set and need not: wrangler's files can list required ones alone, and a variable of the same name would
 * be in their way.
 */
interface Env {
  /** A list of callers, as JSON (docs/operating.md). */
  readonly API_KEYS?: string;
}
