/**
 * What is wrong with what Postern depends on, as far as its lock file and the answer of the registry tell?
 *
 * Pure. Asked by `dependencies.ts`, a step of `npm test`.
 */
import { z } from 'zod';

const Package = z.looseObject({
  license: z.string().optional(),
  integrity: z.string().optional(),
  resolved: z.string().optional(),
  dev: z.boolean().optional(),
  optional: z.boolean().optional(),
  hasInstallScript: z.boolean().optional(),
});
export const LockSchema = z.looseObject({ packages: z.record(z.string(), Package) });
export type Lock = z.output<typeof LockSchema>;

/** Of what is shipped: any may be used with a project under the MIT licence, and asks for no more than its notice, or for nothing. */
const licences: readonly string[] = [
  'MIT',
  'MIT-0',
  'ISC',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'Apache-2.0',
  '0BSD',
  'Unlicense',
];

const isAllowed = (licence: string | undefined): boolean =>
  (licence ?? '')
    .replace(/[()]/g, '')
    .split(' OR ')
    .some((one) => licences.includes(one));

/** Tools for other platforms than the one that the lock file was made on: they are not shipped, and not installed there. */
export const unverified = ({ packages }: Lock): string[] =>
  Object.entries(packages).flatMap(([path, one]) => (isElsewhere(one) && !isVerified(one) ? [path] : []));

type Locked = Lock['packages'][string];
const isElsewhere = ({ dev, optional }: Locked): boolean => dev === true && optional === true;
/** Whoever installs gets what was tested, or nothing. */
const isVerified = ({ integrity }: Locked): boolean => integrity?.startsWith('sha512-') === true;

/** `licenceOf`: what the package itself says, where it is installed. */
export function lockFaults({ packages }: Lock, licenceOf: (path: string) => string | undefined): string[] {
  return Object.entries(packages).flatMap(([path, one]) => {
    if (path === '') return [];
    const licence = licenceOf(path) ?? one.license;
    return [
      ...(isVerified(one) || isElsewhere(one) ? [] : [`${path} has no integrity`]),
      // A lock file that names hosts works in one network alone, or fetches from a host that nobody has chosen.
      ...(one.resolved === undefined ? [] : [`${path} names where it comes from`]),
      ...(one.dev !== true && one.hasInstallScript === true ? [`${path} runs a script when it is installed`] : []),
      ...(one.dev === true || isAllowed(licence) ? [] : [`${path} has the licence ${licence ?? 'unknown'}`]),
    ];
  });
}

const Report = z.looseObject({
  vulnerabilities: z.record(z.string(), z.looseObject({ severity: z.string(), range: z.string().optional() })),
});
const Refusal = z.looseObject({ message: z.string() });

/** `unasked`: why the registry has not told; then nothing is known. */
export type Audit =
  | { readonly kind: 'told'; readonly grave: readonly string[]; readonly slight: readonly string[] }
  | { readonly kind: 'unasked'; readonly reason: string };

const isGrave = ({ severity }: { readonly severity: string }): boolean => ['high', 'critical'].includes(severity);

/** What `npm audit --json` has printed. */
export function auditOf(printed: string): Audit {
  const json = parsed(printed);
  const report = Report.safeParse(json);
  if (!report.success) {
    const refusal = Refusal.safeParse(json);
    return { kind: 'unasked', reason: refusal.success ? refusal.data.message : 'npm audit gave no answer' };
  }
  const known = Object.entries(report.data.vulnerabilities);
  const named = (entries: typeof known) =>
    entries.map(([name, { severity, range }]) => `${name} ${range ?? ''}: ${severity}`);
  return {
    kind: 'told',
    grave: named(known.filter(([, one]) => isGrave(one))),
    slight: named(known.filter(([, one]) => !isGrave(one))),
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Nothing, or words for people: no report.
    return null;
  }
}
