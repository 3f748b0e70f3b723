/**
 * `npm test`: everything that CI checks, in the order of how quickly it tells.
 *
 * Plain JavaScript for Node 20 without any package.
 */

import { join } from 'node:path';
import { root } from './setup.mjs';
import { bin, runSteps, vitest } from './testing.mjs';

await runSteps([
  ['format and lint', bin('biome'), ['check']],
  // The generated file is checked in; this fails where the wrangler files say something else by now.
  ['generated types', bin('wrangler'), ['types', 'src/env.d.ts', '--include-runtime=false', '--check']],
  ['types', bin('tsc'), ['-p', 'tsconfig.json']],
  ['dependency audit', 'node', [join(root, 'scripts', 'dependencies.ts')]],
  // `servers` needs minutes of set-up and `faults` minutes of waiting; they have commands of their own.
  vitest('rules', 'workerd', 'service'),
]);
