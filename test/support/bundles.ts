/**
 * Bundles both Workers once, before the test files that start them run beside each other.
 */
import { join } from 'node:path';
import { readWorker } from '../../scripts/workers/wrangler-config.ts';

export default async function setup(): Promise<void> {
  const root = join(import.meta.dirname, '..', '..');
  for (const file of ['wrangler.toml', 'wrangler.proxy.toml']) await readWorker(root, file);
}
