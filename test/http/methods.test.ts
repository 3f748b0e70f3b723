/**
 * Is a wrong method told apart from an unknown path, for the routes that there are?
 */
import { Hono } from 'hono';
import { expect, it } from 'vitest';
import { createApp } from '../../src/app.ts';
import { failureOfPath } from '../../src/http/methods.ts';

const routes = new Hono()
  .use('*', async (_c, next) => next())
  .get('/things', (c) => c.text('things'))
  .post('/things', (c) => c.text('made'))
  .get('/things/:id', (c) => c.text('thing'))
  .delete('/things/:id', (c) => c.text('gone'))
  .post('/things/:id/copy', (c) => c.text('copied')).routes;
const failureOf = failureOfPath(routes);

it.each([
  ['/things', ['GET', 'HEAD', 'POST']],
  ['/things/7', ['DELETE', 'GET', 'HEAD']],
  ['/things/7/copy', ['POST']],
])('%s allows %j', (path, allow) => {
  expect(failureOf(path)).toEqual({ kind: 'method-not-allowed', allow });
});

it.each(['/', '/thing', '/things/', '/things/7/', '/things/7/copy/x', '/THINGS', '', '*', '/things/7/copy?x'])(
  'there is nothing at %j, whatever the method',
  (path) => {
    expect(failureOf(path)).toEqual({ kind: 'route-unknown' });
  },
);

it('knows every route of the service itself', () => {
  const app = createApp({ openapiYaml: '' });
  const failureOf = failureOfPath(app.routes);
  const served = app.routes.filter(({ method }) => method !== 'ALL');
  expect(served.length).toBeGreaterThan(10);
  for (const { method, path } of served) {
    const allow: unknown = expect.arrayContaining([method]);
    expect(failureOf(path.replaceAll(/:\w+/g, 'x'))).toEqual({ kind: 'method-not-allowed', allow });
  }
});
