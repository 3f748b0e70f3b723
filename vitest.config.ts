/**
 * Which tests run where?
 *
 * `rules`: pure code, in Node. `workerd`: code whose behaviour depends on the runtime, inside it. `service`: both Workers
 * in one plain workerd, over HTTP, against real mail servers and scripted ones. `servers`: the same against mail servers
 * other than Dovecot, each in a root of its own (`npm run test:servers`). And by `npm run test:faults`: `faults`, what takes long and
 * measures; `breaks`, such as a connection that is cut after every single byte; `patience`, what mostly waits for deadlines.
 */
import { cloudflareTest } from '@cloudflare/vitest-plugin';
import { defineConfig } from 'vitest/config';

/** A test that goes on as soon as something has happened may wait for it on a machine that is slow, too; Vitest would give it a second. */
const patient = { poll: { timeout: 10_000 } };

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'rules',
          // Some go through thousands of random messages, beside servers that are tested on the same machine.
          testTimeout: 30_000,
          include: [
            'test/{account,consolidation,core,discovery,door,egress,http,maildrop,mailbox,oauth2,scripts,watch,wire}/**/*.test.ts',
            'test/*.test.ts',
          ],
        },
      },
      {
        plugins: [cloudflareTest({ wrangler: { configPath: './test/workerd/wrangler.toml' } })],
        test: {
          name: 'workerd',
          include: ['test/workerd/**/*.test.ts'],
          globalSetup: ['test/support/world.ts'],
          // The first call to the gateway loads it.
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'service',
          include: ['test/service/**/*.test.ts'],
          globalSetup: ['test/support/bundles.ts'],
          // Each file has servers of its own, and waits for them about as long as it works.
          sequence: { groupOrder: 3 },
          maxWorkers: 2,
          testTimeout: 60_000,
          hookTimeout: 60_000,
          expect: patient,
        },
      },
      {
        test: {
          name: 'servers',
          include: ['test/servers/**/*.test.ts'],
          globalSetup: ['test/support/bundles.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          expect: patient,
        },
      },
      {
        test: {
          name: 'faults',
          include: ['test/faults/**/*.test.ts'],
          globalSetup: ['test/support/bundles.ts'],
          // One at a time: they measure memory, and some hold hundreds of connections.
          fileParallelism: false,
          // Most of those that are written side by side wait for a deadline.
          maxConcurrency: 50,
          testTimeout: 1_200_000,
          hookTimeout: 120_000,
          expect: patient,
        },
      },
      {
        test: {
          name: 'breaks',
          include: ['test/breaks/**/*.test.ts'],
          globalSetup: ['test/support/bundles.ts'],
          // They wait as much as they work: for deadlines, and for what is started again.
          sequence: { groupOrder: 2 },
          maxWorkers: 3,
          maxConcurrency: 50,
          testTimeout: 1_800_000,
          hookTimeout: 120_000,
          expect: patient,
        },
      },
      {
        test: {
          name: 'patience',
          include: ['test/patience/**/*.test.ts'],
          globalSetup: ['test/support/bundles.ts'],
          // Not beside those that keep the machine busy.
          sequence: { groupOrder: 1 },
          maxWorkers: 7,
          maxConcurrency: 50,
          testTimeout: 1_200_000,
          hookTimeout: 120_000,
          expect: patient,
        },
      },
    ],
  },
});
