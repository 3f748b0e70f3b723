/**
 * How does a command run in the environment that the set-up made, as if the user had run it himself?
 */

import { spawn } from 'node:child_process';
import { root } from './setup.mjs';

const PASSED_ON = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']);

/**
 * Runs a command with our terminal, passes signals on to it and waits for its end.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {NodeJS.ProcessEnv} env
 * @param {{ tellsWhenWeEnd?: boolean }} [options] with `tellsWhenWeEnd`, a Node command gets the event `disconnect`
 *   when we are gone, however that came
 * @returns {Promise<number>} its exit code, or 128 and the signal's number as a shell says it
 */
export function run(command, args, env, { tellsWhenWeEnd = false } = {}) {
  const stdio = tellsWhenWeEnd ? ['inherit', 'inherit', 'inherit', 'ipc'] : 'inherit';
  const child = spawn(command, args, {
    cwd: root,
    env,
    stdio: /** @type {import('node:child_process').StdioOptions} */ (stdio),
  });
  // Ctrl-C in a terminal reaches the child by itself as well; twice does no harm.
  const passOn = (/** @type {NodeJS.Signals} */ signal) => child.kill(signal);
  for (const signal of PASSED_ON) process.on(signal, passOn);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      for (const name of PASSED_ON) process.off(name, passOn);
      resolve(code ?? 128 + (signal === 'SIGINT' ? 2 : signal === 'SIGKILL' ? 9 : 15));
    });
  });
}
