/**
 * What do the commands that test have in common?
 *
 * Plain JavaScript for Node 20 without any package. Steps run one after the other, up to the first that fails; vitest is
 * the last, and what it counted is the last line.
 */

import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './run.mjs';
import {
  ensureDependencies,
  ensureDovecot,
  ensureNode,
  ensurePython,
  environment,
  root,
  SetupError,
} from './setup.mjs';

/** @typedef {readonly [name: string, command: string, args: readonly string[]]} Step */

const report = join(root, '.postern', 'vitest.json');

/** @param {string} command of a package */
export const bin = (command) => join(root, 'node_modules', '.bin', command);

/**
 * @param {readonly string[]} projects which of those in vitest.config.ts
 * @returns {Step}
 */
export const vitest = (...projects) => [
  'tests',
  bin('vitest'),
  [
    'run',
    ...projects.map((project) => `--project=${project}`),
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
    ...process.argv.slice(2),
  ],
];

/**
 * Sets up what is missing, runs the steps and exits as the first that fails does.
 * @param {readonly Step[]} steps
 */
export async function runSteps(steps) {
  try {
    process.exitCode = await firstFailureOf(steps, setUp());
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  }
  printCounts();
}

function setUp() {
  const env = environment(ensureNode());
  ensureDependencies(env);
  if (ensureDovecot() === undefined) throw new SetupError('The tests need a real mail server.');
  if (ensurePython() === undefined) throw new SetupError('The tests need Python 3 for the receiver in Python.');
  rmSync(report, { force: true });
  return {
    ...env,
    PATH: `${env.PATH}:/usr/sbin`,
    WRANGLER_SEND_METRICS: 'false',
    WRANGLER_LOG_PATH: join(root, '.postern', 'wrangler.log'),
  };
}

/**
 * @param {readonly Step[]} steps
 * @param {NodeJS.ProcessEnv} env
 */
async function firstFailureOf(steps, env) {
  for (const [name, command, args] of steps) {
    console.log(`\n== ${name}`);
    const started = performance.now();
    const code = await run(command, args, env);
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    console.log(`== ${name}: ${code === 0 ? 'passed' : `failed (${code})`} in ${seconds} s`);
    if (code !== 0) return code;
  }
  return 0;
}

/** In the one form that a continuous integration can read whatever the test runner is. */
function printCounts() {
  // None when vitest could not even start; something has said why.
  if (!existsSync(report)) return;
  const { numPassedTests, numFailedTests } = JSON.parse(readFileSync(report, 'utf8'));
  console.log(`${numPassedTests} passed, ${numFailedTests} failed`);
}
