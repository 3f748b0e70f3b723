/**
 * What becomes of an answer that nobody reads?
 */
import { expect, it } from 'vitest';
import { guardedFetch } from '../../src/egress/guarded-fetch.ts';

it.each([
  ['https://elsewhere.example/', 'answered'],
  ['https://10.0.0.1/', 'target-forbidden'],
])('a redirection to %s is given up unread', async (to, expected) => {
  let isGivenUp = false;
  const unread = new ReadableStream({
    cancel() {
      isGivenUp = true;
    },
  });
  const fetch = guardedFetch(false, async ({ hostname }) =>
    hostname === 'here.example' ? new Response(unread, { status: 302, headers: { Location: to } }) : new Response(),
  );
  const outcome = await fetch('https://here.example/', { follow: 1 }).then(
    () => 'answered',
    ({ failure }) => failure.kind,
  );
  expect([outcome, isGivenUp]).toEqual([expected, true]);
});
