/**
 * What do the wrangler files say about each Worker?
 *
 * They are the one place where bindings and dates are written down; this reads them as wrangler itself does.
 */

import { join } from 'node:path';
import { unstable_readConfig } from 'wrangler';
import { z } from 'zod';
import { bundle } from './bundle.ts';
import type { WorkerConfig } from './config.ts';

/** What of wrangler's configuration `workerdConfig` can translate. */
const wranglerConfig = z.object({
  name: z.string(),
  main: z.string(),
  compatibility_date: z.string(),
  compatibility_flags: z.array(z.string()),
  durable_objects: z.object({
    bindings: z.array(z.object({ name: z.string(), class_name: z.string(), script_name: z.string().optional() })),
  }),
  services: z
    .array(z.object({ binding: z.string(), service: z.string(), entrypoint: z.string() }))
    .optional()
    .transform((services) => services ?? []),
  vars: z.record(z.string(), z.string()),
});

/** A Worker's configuration and bundle. `configFile` is relative to `root`, the project's directory. */
export async function readWorker(root: string, configFile: string): Promise<WorkerConfig> {
  const config = wranglerConfig.parse(unstable_readConfig({ config: join(root, configFile) }, { hideWarnings: true }));
  return {
    name: config.name,
    compatibilityDate: config.compatibility_date,
    compatibilityFlags: config.compatibility_flags,
    modules: await bundle(root, configFile, config.main),
    durableObjects: config.durable_objects.bindings.map((binding) => ({
      name: binding.name,
      className: binding.class_name,
      scriptName: binding.script_name ?? config.name,
    })),
    services: config.services.map(({ binding, service, entrypoint }) => ({ name: binding, service, entrypoint })),
    variables: config.vars,
  };
}
