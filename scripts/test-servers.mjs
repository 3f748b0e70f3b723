/**
 * `npm run test:servers`: the tests that need other mail servers than Dovecot.
 *
 * Plain JavaScript for Node 20 without any package. Sets up what is missing, the servers in their roots included (about a
 * minute, once); the last line says how many tests passed and failed.
 */

import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './run.mjs';
import { ensureDependencies, ensureDovecot, ensureNode, environment, root, SetupError } from './setup.mjs';

const REPORT = join(root, '.postern', 'vitest-servers.json');

try {
  process.exitCode = await testServers();
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}

async function testServers() {
  const nodeEnvironment = environment(ensureNode());
  ensureDependencies(nodeEnvironment);
  if (ensureDovecot() === undefined) throw new SetupError('The tests need a real mail server.');
  const env = {
    ...nodeEnvironment,
    PATH: `${nodeEnvironment.PATH}:/usr/sbin`,
    WRANGLER_SEND_METRICS: 'false',
    WRANGLER_LOG_PATH: join(root, '.postern', 'wrangler.log'),
  };
  const rootsCode = await run('node', [join(root, 'scripts', 'mail-server', 'roots.ts')], env);
  // It has said why.
  if (rootsCode !== 0) return rootsCode;
  rmSync(REPORT, { force: true });
  const options = ['--project', 'servers', '--reporter=default', '--reporter=json', `--outputFile.json=${REPORT}`];
  const vitest = join(root, 'node_modules', '.bin', 'vitest');
  const code = await run(vitest, ['run', ...options, ...process.argv.slice(2)], env);
  // None when vitest could not even start; it has said why.
  if (existsSync(REPORT)) {
    const { numPassedTests, numFailedTests } = JSON.parse(readFileSync(REPORT, 'utf8'));
    console.log(`${numPassedTests} passed, ${numFailedTests} failed`);
  }
  return code;
}
