/**
 * Who hears of new mail in the demo?
 *
 * A receiver on this machine that verifies what it is sent and prints a line for each event. Postern calls loopback in development alone.
 */
import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import { Webhook } from 'standardwebhooks';
import { z } from 'zod';
import { type ExampleAccount, headersOf } from './examples.ts';
import { listening } from './listening.ts';

export interface DemoReceiver {
  readonly url: string;
  /** What subscriptions to it have to be signed with: it was here before them. */
  readonly secret: string;
  stop(): Promise<void>;
}

const standardHeaders = ['webhook-id', 'webhook-timestamp', 'webhook-signature'] as const;

const Event = z.object({
  type: z.string(),
  data: z.object({ message: z.object({ subject: z.string().nullish() }).optional() }),
});

/** `print` gets a line for each event, the first time that it comes. */
export async function startDemoReceiver(print: (line: string) => void): Promise<DemoReceiver> {
  const secret = `whsec_${randomBytes(32).toString('base64')}`;
  const webhook = new Webhook(secret);
  const seen = new Set<string>();
  const receive = async (request: IncomingMessage): Promise<number> => {
    let body = '';
    for await (const text of request.setEncoding('utf8')) body += text;
    const headers = Object.fromEntries(standardHeaders.map((name) => [name, String(request.headers[name] ?? '')]));
    const event = Event.parse(webhook.verify(body, headers));
    const id = headers['webhook-id'] ?? '';
    if (!seen.has(id)) print(lineOf(event));
    seen.add(id);
    return 204;
  };
  const server = createServer((request, response) => {
    receive(request).then(
      (status) => response.writeHead(status).end(),
      // Not signed with the secret of the example, or no event: whoever subscribed it sees that in `…/deliveries`.
      () => response.writeHead(401).end(),
    );
  });
  const port = await listening(server);
  return {
    url: `http://localhost:${port}/`,
    secret,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** What somebody has written as a subject must not be able to write to a terminal. */
function lineOf({ type, data }: z.output<typeof Event>): string {
  const subject = data.message?.subject?.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, ' ');
  return subject === undefined ? `Webhook: ${type}` : `Webhook: ${type}: ${subject}`;
}

const Subscriptions = z.object({ subscriptions: z.array(z.object({ id: z.string() })) });

/** Those of the demo end with its mail server, which will have other ports the next time; others go on then. */
export async function endSubscriptions(url: string, account: ExampleAccount): Promise<void> {
  const options = { headers: headersOf(account), signal: AbortSignal.timeout(10_000) };
  const answer = await fetch(`${url}/v1/subscriptions`, options);
  if (!answer.ok) throw new Error(`the subscriptions of the demo could not be listed: ${answer.status}`);
  const { subscriptions } = Subscriptions.parse(await answer.json());
  for (const { id } of subscriptions) {
    const { ok, status } = await fetch(`${url}/v1/subscriptions/${id}`, { ...options, method: 'DELETE' });
    if (!ok) throw new Error(`a subscription of the demo could not be ended: ${status}`);
  }
}
