/**
 * Do imports go one way? (docs/architecture.md)
 */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '..', 'src');

interface Import {
  readonly from: string;
  /** Relative to src/, or a package's name. */
  readonly to: string;
  readonly isTypeOnly: boolean;
}

const importPattern = /^(?:import|export)\s+(type\s+)?(?:[^'"]*?\sfrom\s+)?'([^']+)';/gm;

const files = readdirSync(root, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts') && !file.endsWith('.d.ts'))
  .sort();

const imports: Import[] = files.flatMap((from) =>
  [...readFileSync(join(root, from), 'utf8').matchAll(importPattern)].map(([, type, target = '']) => ({
    from,
    to: target.startsWith('.') ? relative(root, join(root, dirname(from), target)) : target,
    isTypeOnly: type !== undefined,
  })),
);

/** What both Workers know of each protocol. */
const protocolShared = /^(maildrop|mailbox)\/(?:(?!session\/|routes\/)[a-z-]+\/)?(?!object)[a-z-]+\.ts$/;
/** And of subscriptions. */
const watchShared = /^watch\/((answers|event|event-body|event-id|subscription)\.ts|schema\/|delivery\/delivery\.ts$)/;

/** What each part of src/ may import of the others; the first pattern that fits a file says. */
const layers: readonly { readonly files: RegExp; readonly may: readonly RegExp[] }[] = [
  { files: /^core\//, may: [/^core\//] },
  { files: /^wire\//, may: [/^core\//, /^egress\//, /^wire\//, /^oauth2\/(authorization-server|provider)\.ts$/] },
  // What both Workers know: providers, and how one talks to them.
  {
    files: /^oauth2\/(authorization-server|bounded-fetch|known-providers|metadata|provider)\.ts$/,
    may: [
      /^core\//,
      /^egress\//,
      /^oauth2\/(authorization-server|bounded-fetch|known-providers|metadata|provider)\.ts$/,
    ],
  },
  { files: /^http\//, may: [/^core\//, /^http\//] },
  ...['maildrop', 'mailbox'].flatMap((folder) => {
    // What both Workers know: answers, schemas, rules.
    const shared = new RegExp(`^${folder}/(?:(?!session/|routes/)[a-z-]+/)?[a-z-]+\\.ts$`);
    const session = new RegExp(`^${folder}/session/`);
    return [
      { files: new RegExp(`^${folder}/object\\.ts$`), may: [/^core\//, /^wire\//, shared, session] },
      { files: session, may: [/^core\//, /^wire\//, shared, session] },
      {
        files: new RegExp(`^${folder}/routes/`),
        may: [/^core\//, /^http\//, shared, new RegExp(`^${folder}/routes/`)],
      },
      { files: shared, may: [/^core\//, shared] },
    ];
  }),
  { files: /^egress\//, may: [/^core\//, /^egress\//] },
  // Which mailboxes a capsule is for.
  { files: /^account\/mint\.ts$/, may: [/^core\//, /^http\//, /^account\//, /^mailbox\/rules\.ts$/] },
  ...['account', 'discovery', 'door', 'oauth2'].map((folder) => ({
    files: new RegExp(`^${folder}/`),
    may: [/^core\//, /^http\//, /^egress\//, /^account\/(mint|schema)\.ts$/, new RegExp(`^${folder}/`)],
  })),
  {
    // Across both protocols: it knows what both Workers know of each.
    files: /^consolidation\//,
    may: [/^core\//, /^http\//, /^consolidation\//, protocolShared],
  },
  // What both Workers know of subscriptions.
  { files: watchShared, may: [/^core\//, protocolShared, watchShared] },
  // The gateway's half.
  {
    files: /^watch\/routes\//,
    may: [/^core\//, /^http\//, /^egress\/target\.ts$/, protocolShared, watchShared, /^watch\/routes\//],
  },
  // The proxy's: across both protocols, and in their sessions.
  {
    files: /^watch\/(object\.ts|(calls|delivery|live|news|proof|round|store)\/)/,
    may: [/^core\//, /^wire\//, /^egress\//, protocolShared, /^(maildrop|mailbox)\/session\//, /^watch\/(?!routes\/)/],
  },
  {
    files: /^app\.ts$/,
    may: [
      /^core\//,
      /^http\//,
      /^(account|consolidation|discovery|oauth2)\/routes\.ts$/,
      /^watch\/routes\/index\.ts$/,
      /^door\/(door|floods|origins)\.ts$/,
      /^(maildrop|mailbox)\/routes\/index\.ts$/,
    ],
  },
  { files: /^gateway\.ts$/, may: [/^app\.ts$/, /openapi\.yaml$/] },
  { files: /^proxy\.ts$/, may: [/^(maildrop|mailbox|watch)\/object\.ts$/, /^wire\/(probe|rate-meter)\.ts$/] },
];

test('every file of src/ belongs to a layer', () => {
  expect(files.filter((file) => !layers.some((layer) => layer.files.test(file)))).toEqual([]);
});

test('every import of our own goes the way that its layer allows', () => {
  const own = imports.filter(({ to }) => to.endsWith('.ts') || to.endsWith('.yaml'));
  expect(own.length).toBeGreaterThan(100);
  const astray = own.filter(({ from, to }) => {
    const layer = layers.find(({ files }) => files.test(from));
    return layer === undefined || !layer.may.some((allowed) => allowed.test(to));
  });
  expect(astray).toEqual([]);
});

test('an object is imported by nothing but the entry of the proxy', () => {
  const importers = imports
    .filter(({ to }) => /^(maildrop|mailbox|watch)\/object\.ts$/.test(to))
    .map(({ from }) => from);
  expect(new Set(importers)).toEqual(new Set(['proxy.ts']));
});

test.each([
  ['imapflow', /^mailbox\/session\//],
  ['node-pop3', /^maildrop\/session\//],
  ['client-zip', /^maildrop\/export\/zip\.ts$/],
  ['htmlparser2', /^(core\/mime\/html-tokens|discovery\/xml)\.ts$/],
  ['oauth4webapi', /^oauth2\/(authorization-server|metadata)\.ts$/],
  ['standardwebhooks', /^watch\/delivery\/sign\.ts$/],
  ['postal-mime', /^core\/mime\//],
  ['cloudflare:sockets', /^wire\/transport\.ts$/],
])('%s is imported in one place alone', (library, place) => {
  const importers = imports.filter(({ to }) => to === library || to.startsWith(`${library}/`)).map(({ from }) => from);
  expect(importers).not.toEqual([]);
  expect(importers.filter((from) => !place.test(from))).toEqual([]);
});

test.each([
  // Decides what a request may reach; the names of the others say what they go into for themselves.
  ['as GrantedPath', ['granted-path']],
  ['forOurselves\\(', ['mailbox-selected', 'remove-message', 'status-number']],
  // By their names on the wire: what tells of granted mailboxes alone, and what AccountSessions.reshape runs for those who may reach all.
  [
    'mailboxToken\\(',
    [
      'connection',
      'create-mailbox',
      'delete-mailbox',
      'list-details',
      'list-names',
      'rename-mailbox',
      'subscribe-mailbox',
      'tokens',
    ],
  ],
])('a mailbox gets into a command by what was granted, or by `%s` where that is right', (made, places) => {
  const session = files.filter((file) => file.startsWith('mailbox/'));
  const found = session.filter((file) =>
    new RegExp(`(?<!export const )${made}`).test(readFileSync(join(root, file), 'utf8')),
  );
  expect(found).toEqual(places.map((name) => `mailbox/session/${name}.ts`));
});

test('no core module reads a clock, prints or reaches out', () => {
  // The log prints, and a deadline and a reply measure: that is what they are for.
  const exempt = ['core/log.ts', 'core/deadline.ts', 'core/reply.ts'];
  const impure = /\b(?:Date\.now\(\)|new Date\(\)|console\.|fetch\(|setTimeout\()/;
  const found = files.filter(
    (file) => file.startsWith('core/') && !exempt.includes(file) && impure.test(readFileSync(join(root, file), 'utf8')),
  );
  expect(found).toEqual([]);
});
