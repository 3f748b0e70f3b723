/**
 * `npm run test:faults`: the tests that take patience.
 *
 * Plain JavaScript for Node 20 without any package.
 */

import { runSteps, vitest } from './testing.mjs';

await runSteps([vitest('faults', 'breaks', 'patience')]);
