/**
 * `npm test`: everything that CI checks, in the order of how quickly it tells.
 *
 * Plain JavaScript for Node 20 without any package. Stops at the first step that fails, with its exit code; the last
 * line says how many tests passed and failed.
 */

import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './run.mjs';
import { ensureDependencies, ensureDovecot, ensureNode, environment, root, SetupError } from './setup.mjs';

const REPORT = join(root, '.postern', 'vitest.json');

/** @type {readonly (readonly [name: string, command: string, args: readonly string[]])[]} */
const STEPS = [
  ['format and lint', 'biome', ['check']],
  // The generated file is checked in; this fails where the wrangler files say something else by now.
  ['generated types', 'wrangler', ['types', 'src/env.d.ts', '--include-runtime=false', '--check']],
  ['types', 'tsc', ['-p', 'tsconfig.json']],
  [
    'tests',
    'vitest',
    [
      'run',
      // Those need more than a minute of set-up, and have a command of their own.
      '--project=!servers',
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${REPORT}`,
      ...process.argv.slice(2),
    ],
  ],
];

try {
  process.exitCode = await testAll();
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}

async function testAll() {
  const nodeEnvironment = environment(ensureNode());
  ensureDependencies(nodeEnvironment);
  if (ensureDovecot() === undefined) throw new SetupError('The tests need a real mail server.');
  const env = {
    ...nodeEnvironment,
    PATH: `${nodeEnvironment.PATH}:/usr/sbin`,
    WRANGLER_SEND_METRICS: 'false',
    WRANGLER_LOG_PATH: join(root, '.postern', 'wrangler.log'),
  };
  rmSync(REPORT, { force: true });
  for (const [name, command, args] of STEPS) {
    console.log(`\n== ${name}`);
    const started = performance.now();
    const code = await run(join(root, 'node_modules', '.bin', command), args, env);
    console.log(
      `== ${name}: ${code === 0 ? 'passed' : `failed (${code})`} in ${((performance.now() - started) / 1000).toFixed(1)} s`,
    );
    if (command === 'vitest') printCounts();
    if (code !== 0) return code;
  }
  return 0;
}

/** In the one form that a continuous integration can read whatever the test runner is. */
function printCounts() {
  // None when vitest could not even start; it has said why.
  if (!existsSync(REPORT)) return;
  const { numPassedTests, numFailedTests } = JSON.parse(readFileSync(REPORT, 'utf8'));
  console.log(`${numPassedTests} passed, ${numFailedTests} failed`);
}
