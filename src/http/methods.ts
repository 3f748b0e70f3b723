/**
 * Is a path unknown, or only called with the wrong method?
 *
 * The router answers both alike; a caller deserves to know which (RFC 9110 §15.5.6).
 */

import { TrieRouter } from 'hono/router/trie-router';
import type { RouterRoute } from 'hono/types';
import type { MailFailure } from '../core/failure.ts';

/** Answers for the routes of an app: what is wrong with a path that none of them took. */
export function failureOfPath(routes: readonly RouterRoute[]): (path: string) => MailFailure {
  const methodsOf = new TrieRouter<string>();
  for (const { method, path } of routes) {
    if (method !== 'ALL') methodsOf.add('GET', path, method);
  }
  return (path) => {
    const [matches] = methodsOf.match('GET', path);
    const allowed = new Set(matches.map(([method]) => method));
    if (allowed.size === 0) return { kind: 'route-unknown' };
    // Whatever answers GET answers HEAD.
    if (allowed.has('GET')) allowed.add('HEAD');
    return { kind: 'method-not-allowed', allow: [...allowed].sort() };
  };
}
