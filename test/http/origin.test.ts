/**
 * Is Postern found where its operator says?
 */
import { expect, it } from 'vitest';
import { originOf } from '../../src/http/origin.ts';

it.each([
  ['', 'https://mail.example.com/v1/oauth/acme/start?x=y', 'https://mail.example.com'],
  ['', 'http://localhost:8787/v1/oauth/acme/start', 'http://localhost:8787'],
  ['https://mail.example.com', 'http://10.0.0.1:8787/x', 'https://mail.example.com'],
  ['https://mail.example.com/', 'http://10.0.0.1:8787/x', 'https://mail.example.com'],
])('with %j and a request to %s it is %s', (configured, url, origin) => {
  expect(originOf(configured, url)).toBe(origin);
});

it.each(['mail.example.com', 'https://', 'javascript:x'])('%j is no such place', (configured) => {
  expect(() => originOf(configured, 'http://10.0.0.1/')).toThrow('misconfigured');
});
