/** What the proxy's wrangler file alone sets. */
interface Env {
  /** Seconds, apart by commas (docs/webhooks.md). */
  readonly DELIVERY_RETRY_SECONDS: string;
}
