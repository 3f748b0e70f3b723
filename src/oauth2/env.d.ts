/** Secrets that an operator may leave out, so that the wrangler files do not name them as required. */
interface Env {
  /** The OAuth 2.0 clients that the operator has with providers, as JSON (docs/oauth2.md). Both Workers need it. */
  readonly OAUTH2_PROVIDERS?: string;
}
