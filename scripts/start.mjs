/**
 * `npm start`: from a fresh clone to a running Postern.
 *
 * Plain JavaScript for Node 20 without any package: it brings what is missing and hands over to start.ts.
 */

import { run } from './run.mjs';
import { ensureDependencies, ensureDovecot, ensureNode, environment, SetupError } from './setup.mjs';

try {
  const env = environment(ensureNode());
  ensureDependencies(env);
  // Without a mail server there is no demo mailbox, but everyone's own mailbox can be reached.
  const dovecot = ensureDovecot();
  const options = dovecot === undefined ? [] : [`--dovecot=${dovecot}`];
  process.exitCode = await run('node', ['scripts/start.ts', ...options], env, { tellsWhenWeEnd: true });
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
