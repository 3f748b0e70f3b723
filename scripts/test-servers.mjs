/**
 * `npm run test:servers`: the tests that need other mail servers than Dovecot.
 *
 * Plain JavaScript for Node 20 without any package. The servers in their roots are set up first, about a minute, once.
 */

import { join } from 'node:path';
import { root } from './setup.mjs';
import { runSteps, vitest } from './testing.mjs';

await runSteps([['mail servers', 'node', [join(root, 'scripts', 'mail-server', 'roots.ts')]], vitest('servers')]);
