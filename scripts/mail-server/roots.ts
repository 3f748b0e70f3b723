/**
 * Where do mail servers live that may not be installed beside each other, nor on this machine?
 *
 * Each in a root directory of its own, made once from this machine's own Debian mirror and then only read: see
 * `chroot.ts` for how one runs. `node scripts/mail-server/roots.ts` makes those that are missing.
 */

import { execFile, spawn } from 'node:child_process';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { promisify } from 'node:util';
import { leash } from '../leash.ts';

const run = promisify(execFile);

/** Something that a person has to put right; its message is one line. */
export class RootsError extends Error {}

/** `courier-imap` wants some mail transport agent: `dma` is the smallest, and is never started. */
const PACKAGES = {
  courier: ['courier-imap', 'courier-pop', 'courier-authdaemon', 'courier-authlib-userdb', 'dma'],
  cyrus: ['cyrus-imapd', 'cyrus-pop3d', 'libsasl2-modules', 'sasl2-bin'],
  mailutils: ['mailutils-imap4d', 'mailutils-pop3d', 'procmail'],
  popa3d: ['popa3d', 'openbsd-inetd', 'procmail'],
} as const;

export type RootName = keyof typeof PACKAGES;

/** In every root: what makes users, and what listens to a server's log. */
const COMMON_PACKAGES = ['passwd', 'busybox'] as const;
/** Not under the project: it is large, and all checkouts can share it. */
const CACHE = process.env['POSTERN_SERVERS'] ?? '/var/tmp/postern-servers';
/** Written last, so that a root which has it is complete; its content is what the root was made from. */
const RECIPE = 'postern-recipe';
/** Distributions whose archive has these packages; a machine's other archives are none of our business. */
const ORIGINS = ['Debian', 'Ubuntu'];

export const environment: NodeJS.ProcessEnv = {
  ...process.env,
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  LC_ALL: 'C',
  DEBIAN_FRONTEND: 'noninteractive',
};

export const rootOf = (name: RootName): string => join(CACHE, name);

/** Makes the roots that are not there yet. Two at a time wait for each other. */
export async function ensureRoots(say: (line: string) => void): Promise<void> {
  await requirePermission();
  const suite = await codename();
  if ((await missing(suite)).length === 0) return;
  await mkdir(CACHE, { recursive: true });
  const release = await lock(join(CACHE, 'lock'));
  try {
    // Another may have made them while we waited.
    const names = await missing(suite);
    if (names.length === 0) return;
    await ensureBuilder(say);
    const sources = await sourcesOf(suite);
    // Half of one that somebody was making when he died.
    for (const name of await readdir(CACHE)) if (name.endsWith('.building')) await remove(join(CACHE, name));
    for (const name of names) {
      const started = performance.now();
      say(`Building ${rootOf(name)} (${PACKAGES[name].join(' ')}) ...`);
      await build(name, suite, sources);
      say(`  in ${((performance.now() - started) / 1000).toFixed(1)} s`);
    }
  } finally {
    release();
  }
}

// What `chroot.ts` does, on empty directories.
const ATTEMPT = `
mount -t tmpfs postern /mnt
cd /mnt
mkdir lower upper work root
mount -t overlay -o lowerdir=/mnt/lower,upperdir=/mnt/upper,workdir=/mnt/work postern root
mount -t proc proc root
chroot / true
`;

async function requirePermission(): Promise<void> {
  const problem = 'The mail servers in roots of their own need';
  if (process.getuid?.() !== 0) throw new RootsError(`${problem} root, and this is not root.`);
  try {
    await run('unshare', ['--mount', '--pid', '--fork', 'sh', '-ec', ATTEMPT], { env: environment });
  } catch (error) {
    const reason = error instanceof Error ? error.message.trim().split('\n').at(-1) : String(error);
    throw new RootsError(`${problem} Linux namespaces, overlayfs and chroot (CAP_SYS_ADMIN), but: ${reason}`);
  }
}

async function codename(): Promise<string> {
  const name = /^VERSION_CODENAME=(\w+)$/m.exec(await readFile('/etc/os-release', 'utf8'))?.[1];
  if (name === undefined) throw new RootsError('/etc/os-release has no VERSION_CODENAME: this needs Debian or Ubuntu.');
  return name;
}

const recipeOf = (name: RootName, suite: string): string => `${[suite, ...packagesOf(name)].join('\n')}\n`;
const packagesOf = (name: RootName): string[] => [...COMMON_PACKAGES, ...PACKAGES[name]];

async function missing(suite: string): Promise<RootName[]> {
  const names = ['courier', 'cyrus', 'mailutils', 'popa3d'] as const;
  const states = await Promise.all(names.map((name) => recipeIn(rootOf(name))));
  return names.filter((name, index) => states[index] !== recipeOf(name, suite));
}

async function recipeIn(root: string): Promise<string | undefined> {
  try {
    return await readFile(join(root, RECIPE), 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Held until it is released or we are dead: the kernel's lock on the file goes with the process that has it. */
async function lock(file: string): Promise<() => void> {
  const holder = spawn('flock', [file, 'sh', '-c', 'echo held; exec cat'], { stdio: ['pipe', 'pipe', 'inherit'] });
  for await (const line of createInterface({ input: holder.stdout })) {
    if (line === 'held') return () => holder.stdin.end();
  }
  throw new RootsError(`${file} can't be locked.`);
}

/** mmdebstrap: resolves with apt what debootstrap can't, checks signatures, starts no service. */
async function ensureBuilder(say: (line: string) => void): Promise<void> {
  const look = 'command -v mmdebstrap >/dev/null && command -v gpg >/dev/null && echo found || echo missing';
  if ((await run('sh', ['-c', look], { env: environment })).stdout.trim() === 'found') return;
  say('Installing mmdebstrap ...');
  await aptGet('update');
  await aptGet('install', '--yes', '--no-install-recommends', '-o', 'DPkg::Lock::Timeout=60', 'mmdebstrap', 'gpg');
}

async function aptGet(...args: readonly string[]): Promise<string> {
  try {
    return (await run('apt-get', ['-q', ...args], { env: environment, maxBuffer: 64 << 20 })).stdout;
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('\n').findLast((line) => /^E:|spawn/.test(line)) : '';
    throw new RootsError(`apt-get ${args[0]} failed: ${reason ?? 'it does not say why'}`);
  }
}

/** This machine's own mirror of its own release, however apt is told of it. */
async function sourcesOf(suite: string): Promise<string> {
  const format = ['--format', '$(ORIGIN)|$(RELEASE)|$(SITE)|$(COMPONENT)', 'Created-By: Packages'];
  const own = async () =>
    (await aptGet('indextargets', ...format))
      .split('\n')
      .map((line) => line.split('|'))
      .filter(([origin = '', release]) => ORIGINS.includes(origin) && release === suite);
  let targets = await own();
  // apt knows whose archive it is only after it has read it once.
  if (targets.length === 0) {
    await aptGet('update');
    targets = await own();
  }
  const site = targets[0]?.[2];
  if (site === undefined) throw new RootsError(`apt's sources name no archive of ${ORIGINS.join(' or ')} ${suite}.`);
  const components = new Set(targets.filter((target) => target[2] === site).map((target) => target[3]));
  return `deb ${site} ${suite} ${[...components].join(' ')}`;
}

async function build(name: RootName, suite: string, sources: string): Promise<void> {
  const target = `${rootOf(name)}.building`;
  const printed: string[] = [];
  // Namespaces of its own: what it mounts and starts in there is gone with it, however it ends.
  const builder = await leash(
    'nice',
    [
      ...['unshare', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc'],
      ...['mmdebstrap', '--mode=root', '--format=directory', '--variant=essential', '--dpkgopt=force-unsafe-io'],
      ...(await fetchOptions()).map((option) => `--aptopt=${option}`),
      ...[`--include=${packagesOf(name).join(',')}`, suite, target, sources],
    ],
    { env: environment, directory: target, onLine: (line) => printed.push(line) },
  );
  const how = await builder.ended;
  if (how !== 'exit code 0') {
    await remove(target);
    throw new RootsError(`${name} can't be built (${how}):\n${printed.slice(-15).join('\n')}`);
  }
  await writeFile(join(target, RECIPE), recipeOf(name, suite));
  await remove(rootOf(name));
  await rename(target, rootOf(name));
}

/** How this machine's apt reaches its mirror: its proxy, and what it checks. */
async function fetchOptions(): Promise<string[]> {
  const { stdout } = await run('apt-config', ['dump', 'Acquire'], { env: environment });
  const isOfFetching = /^Acquire::(https?::|Check-|Retries|ForceIPv).* "[^"]/;
  return ['APT::Install-Recommends "false";', ...stdout.split('\n').filter((line) => isOfFetching.test(line))];
}

const remove = (path: string): Promise<void> => rm(path, { recursive: true, force: true });

if (import.meta.main) {
  try {
    await ensureRoots((line) => console.log(line));
  } catch (error) {
    if (!(error instanceof RootsError)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  }
}
