/**
 * `npm run bench`: how fast is Postern, against what one would otherwise use?
 *
 * Plain JavaScript for Node 20 without any package: it brings what is missing and hands over to bench/main.ts.
 */

import { runSteps } from './testing.mjs';

await runSteps([['bench', 'node', ['bench/main.ts', ...process.argv.slice(2)]]]);
