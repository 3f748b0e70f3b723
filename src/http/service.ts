/**
 * What does Postern tell about itself? Health, its contract, and a page for each problem.
 */
import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import { html } from 'hono/html';
import { Failed, type MailFailure } from '../core/failure.ts';
import { problemKinds } from '../core/problem-kinds.ts';
import type { Gateway } from './context.ts';
import { problemAnswers } from './problems.ts';
import { refuseInvalid } from './validation.ts';

export interface ServiceOptions {
  /** The checked-in contract, served as it is. */
  readonly openapiYaml: string;
}

type Kind = MailFailure['kind'];
const isKind = (text: string): text is Kind => Object.hasOwn(problemKinds, text);

const health = createRoute({
  method: 'get',
  path: '/health',
  operationId: 'getHealth',
  tags: ['Service'],
  summary: 'Check that the service is up',
  responses: {
    200: {
      description: 'It is. No mail server was asked.',
      content: {
        'application/json': {
          schema: z.strictObject({ status: z.literal('ok') }).openapi('Health', { example: { status: 'ok' } }),
        },
      },
    },
  },
});

const problemPage = createRoute({
  method: 'get',
  path: '/problems/{kind}',
  operationId: 'getProblem',
  tags: ['Service'],
  summary: 'Explain a kind of problem',
  request: {
    params: z.strictObject({
      kind: z.string().openapi({
        param: { name: 'kind', in: 'path' },
        description: 'The last part of a problem’s `type`.',
        example: 'login-refused',
      }),
    }),
  },
  responses: {
    200: {
      description: 'What it means and what to do about it, for people.',
      content: { 'text/html': { schema: z.string() } },
    },
    ...problemAnswers('route-unknown'),
  },
});

export const serviceRoutes = ({ openapiYaml }: ServiceOptions): OpenAPIHono<Gateway> => {
  const app = new OpenAPIHono<Gateway>({ defaultHook: refuseInvalid });
  app.openapi(health, (c) => c.json({ status: 'ok' as const }, 200, { 'Cache-Control': 'no-store' }));
  app.openapi(problemPage, (c) => {
    const { kind } = c.req.valid('param');
    if (!isKind(kind)) throw new Failed({ kind: 'route-unknown' });
    return c.html(pageOf(kind), 200, { 'Content-Security-Policy': "default-src 'none'; style-src 'unsafe-inline'" });
  });
  app.get('/openapi.yaml', (c) => c.body(openapiYaml, 200, { 'Content-Type': 'application/yaml; charset=utf-8' }));
  return app;
};

function pageOf(kind: Kind): ReturnType<typeof html> {
  const { status, title, explanation } = problemKinds[kind];
  return html`<!doctype html>
<html lang="en">
<meta charset="utf-8" />
<meta name="viewport" content="width=device-width" />
<title>${title}</title>
<style>
  body { font: 1rem/1.6 system-ui, sans-serif; max-width: 36rem; margin: 3rem auto; padding: 0 1rem; color: #1c2230; }
  code { background: #eef0f4; padding: 0.1em 0.35em; border-radius: 0.25em; }
  @media (prefers-color-scheme: dark) { body { background: #14171d; color: #e4e7ee; } code { background: #262b35; } }
</style>
<h1>${title}</h1>
<p><code>${kind}</code>, HTTP status ${status}</p>
<p>${codeMarked(explanation)}</p>
</html>`;
}

/** Text in which `backticks` mark code. */
const codeMarked = (text: string) =>
  text.split('`').map((piece, index) => (index % 2 === 1 ? html`<code>${piece}</code>` : piece));
