/**
 * How does Postern run on one's own machine, with a mailbox to try it on?
 *
 * Starts the demo mail server, where there is one, and both Workers in development mode; says how to call them; and on
 * Ctrl-C ends all that it has started. What must be installed for it, start.mjs has installed.
 */

import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { capsuleKeys } from './capsule-keys.ts';
import { type DemoReceiver, endSubscriptions, startDemoReceiver } from './demo-webhooks.ts';
import { answerTo, curlOf, demoExamples, type ExampleAccount, webhookExamples } from './examples.ts';
import { isTaken } from './free-ports.ts';
import { type DemoMail, startDemoMail } from './mail-server/demo.ts';
import { PortTakenError, startWorkers, type Workers } from './workers.ts';

const DEFAULT_PORT = 8787;
const STATE = join(import.meta.dirname, '..', '.postern');
const LOG = join(STATE, 'start.log');
/** Nobody likes to wait for a demo. */
const POLL_SECONDS = 2;

/** Something the user has to put right: printed as it is, without a stack. */
class UsageError extends Error {}

const stopRequested = new Promise<void>((resolve) => {
  for (const event of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(event, () => resolve());
  // start.mjs is gone, and with it the terminal's way to reach us.
  process.on('disconnect', () => resolve());
});

try {
  await start();
} catch (error) {
  if (!(error instanceof UsageError || error instanceof PortTakenError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
} finally {
  // The channel to start.mjs would keep us running.
  if (process.connected) process.disconnect();
}

async function start(): Promise<void> {
  const port = portOf(process.env['PORT']);
  if (await isTaken(port)) throw new UsageError(`Port ${port} is taken. Choose another: PORT=${port + 1} npm start`);
  const { dovecot } = parseArgs({ options: { dovecot: { type: 'string' } } }).values;
  await mkdir(STATE, { recursive: true });
  const log = createWriteStream(LOG);
  const demo = dovecot === undefined ? undefined : await startDemoMail({ executable: dovecot });
  const receiver = demo && (await startDemoReceiver((line) => process.stdout.write(`${line}\n`)));
  let workers: Workers | undefined;
  try {
    workers = await startWorkers({
      port,
      development: true,
      storage: join(STATE, 'storage'),
      trustedCertificates: demo ? [demo.server.ca] : [],
      variables: {
        CAPSULE_KEYS: await capsuleKeys(join(STATE, 'capsule-keys')),
        LEAST_POLL_SECONDS: String(POLL_SECONDS),
        ...givenSettings(),
      },
      onLog: (line) => log.write(`${line}\n`),
    });
    await Promise.race([stopRequested, introduce(`http://localhost:${port}`, demo, receiver)]);
    const ended = await Promise.race([stopRequested, workers.ended]);
    if (ended !== undefined) throw new Error(`workerd ended by itself (${ended}); its last words are in ${LOG}`);
    for (const account of demo ? accountsOf(demo) : []) await endSubscriptions(workers.url, account);
  } finally {
    await workers?.stop();
    await receiver?.stop();
    await demo?.stop();
    log.end();
    await once(log, 'close');
  }
}

function accountsOf({ server, imap, pop }: DemoMail): [ExampleAccount, ExampleAccount] {
  return [
    { ...imap, mailServer: `imaps://localhost:${server.ports.imaps}` },
    { ...pop, mailServer: `pop3s://localhost:${server.ports.pop3s}` },
  ];
}

async function introduce(url: string, demo: DemoMail | undefined, receiver: DemoReceiver | undefined): Promise<void> {
  const lines = [`Postern is at ${url} (log: .postern/start.log, Ctrl-C ends it).`, ''];
  if (demo && receiver) {
    lines.push('A demo mail server with a mailbox runs beside it. In another terminal:', '');
    for (const example of demoExamples(demo.server.ports, demo.imap, demo.pop)) {
      const answer = example.asksOthers ? [] : await answerTo(example, url);
      lines.push(`# ${example.title}`, curlOf(example, url), ...answer.map((line) => `  ${line}`), '');
    }
    const { url: hook, secret } = receiver;
    for (const example of webhookExamples(accountsOf(demo)[0], { url: hook, secret }, POLL_SECONDS)) {
      lines.push(`# ${example.title}`, curlOf(example, url), '');
    }
  } else {
    lines.push("Without a demo mailbox, for want of Dovecot. With your own account's server, user and password:", '');
    const account = { user: 'you@example.com', password: 'password', mailServer: 'imaps://imap.example.com' };
    const path = '/v1/imap/mailboxes/inbox/messages?limit=2';
    lines.push(curlOf({ title: '', account, path }, url), '');
  }
  process.stdout.write(`${lines.join('\n')}\n`);
}

/** Sign-ins need a client at the provider, which whoever starts this may have: docs/oauth2.md. */
function givenSettings(): Record<string, string> {
  const given = ['OAUTH2_PROVIDERS', 'OAUTH2_RETURN_TO'].map((name) => [name, process.env[name] ?? ''] as const);
  return Object.fromEntries(given.filter(([, value]) => value !== ''));
}

function portOf(text: string | undefined): number {
  if (text === undefined || text === '') return DEFAULT_PORT;
  const port = Number(text);
  if (/^\d+$/.test(text) && port >= 1 && port <= 65535) return port;
  throw new UsageError(`PORT must be a number from 1 to 65535, not '${text}'.`);
}
