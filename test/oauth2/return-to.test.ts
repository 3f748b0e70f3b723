/**
 * Is somebody who has signed in sent where the operator says, and nowhere else?
 */
import { expect, it } from 'vitest';
import { mayReturnTo } from '../../src/oauth2/return-to.ts';

const allowed = 'https://app.example.com/signed-in, https://any.example.com\nhttp://localhost:3000';

it.each([
  'https://app.example.com/signed-in',
  'https://any.example.com',
  'https://any.example.com/',
  'https://any.example.com/a/b?c=d',
  'HTTPS://ANY.example.com/a',
  'https://any.example.com:443/a',
  'http://localhost:3000/back',
])('%s is allowed', (returnTo) => {
  expect(mayReturnTo(allowed, returnTo)).toBe(true);
});

it.each([
  'https://app.example.com/signed-in/',
  'https://app.example.com/signed-in?next=x',
  'https://app.example.com/',
  'http://app.example.com/signed-in',
  'http://any.example.com/',
  'https://any.example.com:444/',
  'https://any.example.com.evil.example/',
  'https://evil.example/https://any.example.com',
  'https://any.example.com@evil.example/',
  'https://user@any.example.com/',
  'https://user:password@any.example.com/',
  'https://any.example.com\\@evil.example/',
  'https://any.example.com/#fragment',
  'https://any.example.com/\r\nLocation: https://evil.example',
  'https://any.example.com/\tx',
  ' https://any.example.com/',
  'https://sub.any.example.com/',
  'https://аny.example.com/',
  'http://localhost:3001/',
  'http://localhost/',
  'javascript:alert(1)//https://any.example.com',
  'data:text/html,x',
  'blob:https://any.example.com/x',
  '//any.example.com/',
  '/relative',
  '',
])('%j is not', (returnTo) => {
  expect(mayReturnTo(allowed, returnTo)).toBe(false);
});

it('nothing is allowed where the operator has said nothing', () => {
  for (const nothing of ['', ' , ', ',']) expect(mayReturnTo(nothing, 'https://app.example.com/')).toBe(false);
});
