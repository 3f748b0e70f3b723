/**
 * Is there anything wrong with what Postern depends on? A step of `npm test`.
 *
 * Asks the registry for known vulnerabilities of what is shipped, and fails for those that are high or critical. A registry that
 * cannot be asked is told of and is no failure: without a network the other rules hold all the same.
 */
import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import { auditOf, LockSchema, lockFaults, unverified } from './dependency-rules.ts';

const root = join(import.meta.dirname, '..');
const run = promisify(execFile);

function licenceOf(path: string): string | undefined {
  const file = join(root, path, 'package.json');
  // Made for another platform than this.
  if (!existsSync(file)) return undefined;
  return z.looseObject({ license: z.string().optional() }).parse(JSON.parse(readFileSync(file, 'utf8'))).license;
}

/** npm ends with a failure when it has found something: what it has printed tells. */
async function printedByAudit(): Promise<string> {
  const args = ['audit', '--omit=dev', '--json', '--fetch-retries=0', '--fetch-timeout=15000'];
  try {
    return (await run('npm', args, { cwd: root, timeout: 30_000 })).stdout;
  } catch (error) {
    return z.object({ stdout: z.string() }).safeParse(error).data?.stdout ?? '';
  }
}

const lock = LockSchema.parse(JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')));
const faults = lockFaults(lock, licenceOf);
const audit = auditOf(await printedByAudit());
if (audit.kind === 'unasked') {
  console.log(`Known vulnerabilities: NOT ASKED: ${audit.reason}`);
} else {
  console.log(`Known vulnerabilities: ${audit.grave.length + audit.slight.length}`);
  for (const one of [...audit.grave, ...audit.slight]) console.log(`  ${one}`);
  faults.push(...audit.grave);
}
console.log(`${Object.keys(lock.packages).length - 1} packages in package-lock.json`);
console.log(`${unverified(lock).length} of them, tools for other platforms than this one, have no integrity there`);
for (const fault of faults) console.log(`FAULT: ${fault}`);
process.exitCode = faults.length === 0 ? 0 : 1;
