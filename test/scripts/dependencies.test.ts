/**
 * Is it seen when something that Postern depends on is not as it should be?
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { auditOf, LockSchema, lockFaults, unverified } from '../../scripts/dependency-rules.ts';

const good = { license: 'MIT', integrity: 'sha512-x' };
const faultsOf = (one: object) =>
  lockFaults(LockSchema.parse({ packages: { '': {}, 'node_modules/a': { ...good, ...one } } }), () => undefined);

describe('a package', () => {
  it('that is as it should be is no fault', () => {
    expect(faultsOf({})).toEqual([]);
    expect(faultsOf({ license: '(MIT OR EUPL-1.1+)' })).toEqual([]);
    expect(faultsOf({ dev: true, hasInstallScript: true, license: 'CC0-1.0' })).toEqual([]);
  });

  it.each([
    [{ integrity: undefined }, 'node_modules/a has no integrity'],
    [{ integrity: undefined, dev: true }, 'node_modules/a has no integrity'],
    [{ integrity: 'sha1-x' }, 'node_modules/a has no integrity'],
    [{ resolved: 'https://registry.example/a.tgz' }, 'node_modules/a names where it comes from'],
    [{ hasInstallScript: true }, 'node_modules/a runs a script when it is installed'],
    [{ license: 'AGPL-3.0' }, 'node_modules/a has the licence AGPL-3.0'],
    [{ license: 'MIT AND GPL-3.0' }, 'node_modules/a has the licence MIT AND GPL-3.0'],
    [{ license: undefined }, 'node_modules/a has the licence unknown'],
  ])('%j is told', (one, fault) => {
    expect(faultsOf(one)).toEqual([fault]);
  });

  it('that is a tool for another platform may have no integrity, and is told of', () => {
    const elsewhere = { integrity: undefined, dev: true, optional: true };
    expect(faultsOf(elsewhere)).toEqual([]);
    expect(unverified(LockSchema.parse({ packages: { '': {}, a: { ...good, ...elsewhere }, b: good } }))).toEqual([
      'a',
    ]);
    expect(faultsOf({ integrity: undefined, optional: true })).toEqual(['node_modules/a has no integrity']);
  });

  it('is believed about its licence where it is installed', () => {
    const lock = LockSchema.parse({ packages: { 'node_modules/a': good } });
    expect(lockFaults(lock, () => 'GPL-3.0')).toEqual(['node_modules/a has the licence GPL-3.0']);
  });
});

it('all that is in the lock file is as it should be', () => {
  const text = readFileSync(join(import.meta.dirname, '..', '..', 'package-lock.json'), 'utf8');
  const lock = LockSchema.parse(JSON.parse(text));
  expect(Object.keys(lock.packages).length).toBeGreaterThan(100);
  expect(lockFaults(lock, () => undefined)).toEqual([]);
});

describe('what the registry knows', () => {
  const report = (...severities: readonly string[]) =>
    JSON.stringify({
      vulnerabilities: Object.fromEntries(severities.map((severity, at) => [`p${at}`, { severity, range: '<2' }])),
    });

  it('is grave from high on', () => {
    expect(auditOf(report('low', 'high', 'moderate', 'critical'))).toEqual({
      kind: 'told',
      grave: ['p1 <2: high', 'p3 <2: critical'],
      slight: ['p0 <2: low', 'p2 <2: moderate'],
    });
    expect(auditOf(report())).toEqual({ kind: 'told', grave: [], slight: [] });
  });

  it.each([
    ['{"message":"405 Method Not Allowed"}', '405 Method Not Allowed'],
    ['{"error":{}}', 'npm audit gave no answer'],
    ['<html>', 'npm audit gave no answer'],
    ['', 'npm audit gave no answer'],
  ])('is not taken for nothing when it was not asked: %s', (printed, reason) => {
    expect(auditOf(printed)).toEqual({ kind: 'unasked', reason });
  });
});
