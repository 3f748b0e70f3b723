/**
 * What must be on this machine before anything of Postern can run, and how does it get there?
 *
 * Plain JavaScript for Node 20 without any package, because it is what brings the newer Node and the packages.
 * `node scripts/setup.mjs` does all of it; each step does nothing when there is nothing to do.
 */

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { findExecutable, installByApt } from './setup-apt.mjs';
import { findDovecot, installDovecot } from './setup-dovecot.mjs';

export const root = fileURLToPath(new URL('..', import.meta.url));

/** Something a person has to put right. Its message is one line, and all that needs to be printed. */
export class SetupError extends Error {}

/** wrangler and vitest need 22.12; our own TypeScript runs as it is from 22.18 on, but not on 23's first releases. */
const MIN_NODE_22_MINOR = 18;
const OWN_NODE = '24.21.0';

/** @param {string} version */
function isNewEnough(version) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major >= 24 || (major === 22 && minor >= MIN_NODE_22_MINOR);
}

/**
 * Brings a Node that is new enough, where this one isn't.
 * @returns {string | undefined} the directory to put first on the PATH; undefined when this Node will do
 */
export function ensureNode() {
  if (isNewEnough(process.versions.node)) return undefined;
  // Not in node_modules: `npm ci`, which itself runs on the new Node, would remove it.
  const prefix = join(root, '.postern', 'node');
  // What the npm package `node` would fetch by an install script. Asked for by its own name it needs no script, and so
  // no permission to run one, which npm 11 and 12 want to be given.
  const name = process.platform === 'darwin' && process.arch === 'arm64' ? 'node-bin' : 'node';
  const packageName = `${name}-${process.platform}-${process.arch}`;
  const directory = join(prefix, 'node_modules', packageName, 'bin');
  const installed = spawnSync(join(directory, 'node'), ['--version'], { encoding: 'utf8' });
  if (installed.stdout?.trim() === `v${OWN_NODE}`) return directory;
  say(`Installing Node ${OWN_NODE} into .postern (this one is ${process.versions.node}) ...`);
  mkdirSync(prefix, { recursive: true });
  npm(
    ['install', '--prefix', prefix, '--no-save', `${packageName}@${OWN_NODE}`],
    process.env,
    'install Node 22.18 or newer',
  );
  return directory;
}

/**
 * The environment to run things in.
 * @param {string | undefined} nodeDirectory what `ensureNode` answered
 * @returns {NodeJS.ProcessEnv}
 */
export function environment(nodeDirectory) {
  if (nodeDirectory === undefined) return process.env;
  return { ...process.env, PATH: `${nodeDirectory}${delimiter}${process.env.PATH ?? ''}` };
}

/**
 * Installs the packages of package-lock.json unless exactly these are there.
 * @param {NodeJS.ProcessEnv} env
 */
export function ensureDependencies(env) {
  if (hasDependencies()) return;
  say('Installing packages (npm ci) ...');
  npm(['ci'], env, 'check the network and that package-lock.json is as committed');
}

/** npm writes down in node_modules what it has installed, when it has finished. */
function hasDependencies() {
  const hidden = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(hidden)) return false;
  const wanted = packagesOf(join(root, 'package-lock.json'));
  const installed = packagesOf(hidden);
  // Optional packages are those for other systems.
  const isThere = Object.entries(wanted).every(
    ([path, { version, optional, devOptional }]) =>
      path === '' || (path in installed ? installed[path].version === version : optional || devOptional),
  );
  return isThere && Object.keys(installed).every((path) => path in wanted);
}

/**
 * @param {string} file
 * @returns {Record<string, { version?: string, optional?: boolean, devOptional?: boolean }>}
 */
function packagesOf(file) {
  return JSON.parse(readFileSync(file, 'utf8')).packages;
}

/**
 * The mail server of the demo and of the tests.
 * @returns {string | undefined} its executable; undefined, once a line has said how to get it, where it can't be had
 */
export function ensureDovecot() {
  const found = findDovecot();
  if (found !== undefined) return found;
  const problem = installDovecot(say);
  const installed = findDovecot();
  if (installed === undefined) say(`No Dovecot: ${problem ?? 'its packages are installed, but it is not to be found'}`);
  return installed;
}

/**
 * What runs the receiver in Python that the documentation shows: the tests do.
 * @returns {string | undefined} its executable; undefined, once a line has said how to get it, where it can't be had
 */
export function ensurePython() {
  const found = findExecutable('python3');
  if (found !== undefined) return found;
  const problem = installByApt('Python 3', ['python3'], say);
  const installed = findExecutable('python3');
  if (installed === undefined) say(`No Python: ${problem ?? 'its package is installed, but it is not to be found'}`);
  return installed;
}

/**
 * @param {string[]} args
 * @param {NodeJS.ProcessEnv} env
 * @param {string} remedy
 */
function npm(args, env, remedy) {
  const options = ['--no-audit', '--no-fund', '--loglevel=error', '--no-update-notifier'];
  const { status, error, stdout, stderr } = spawnSync('npm', [...args, ...options], {
    cwd: root,
    env,
    encoding: 'utf8',
  });
  if (status === 0) return;
  const output = `${stdout ?? ''}${stderr ?? ''}${error ? String(error) : ''}`.trim();
  if (output !== '') process.stderr.write(`${output}\n`);
  throw new SetupError(`npm ${args[0]} failed: ${remedy}, then try again.`);
}

/** @param {string} line */
function say(line) {
  process.stdout.write(`${line}\n`);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  try {
    ensureDependencies(environment(ensureNode()));
    if (ensureDovecot() === undefined || ensurePython() === undefined) process.exitCode = 1;
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  }
}
