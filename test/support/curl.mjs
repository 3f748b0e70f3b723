#!/usr/bin/env node
/**
 * `curl` for the lines that the documentation shows, where there may be none: the shell that carries them out finds this under that name.
 *
 * Plain JavaScript, because it is started by a shell. It prints the status, and the body behind it, and knows no more options than those lines use.
 */
import { Buffer } from 'node:buffer';
import { parseArgs } from 'node:util';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    request: { type: 'string', short: 'X' },
    header: { type: 'string', short: 'H', multiple: true, default: [] },
    data: { type: 'string', short: 'd' },
    'data-binary': { type: 'string' },
    user: { type: 'string', short: 'u' },
  },
});
const [url, ...others] = positionals;
if (url === undefined || others.length > 0) throw new Error('one URL is wanted');
const body = values.data ?? values['data-binary'];
const headers = new Headers(
  values.header.map((line) => {
    const [, name = '', value = ''] = /^([^:]+): (.*)$/.exec(line) ?? [];
    return [name, value];
  }),
);
if (values.user !== undefined) headers.set('Authorization', `Basic ${Buffer.from(values.user).toString('base64')}`);
const method = values.request ?? (body === undefined ? 'GET' : 'POST');
const response = await fetch(url, body === undefined ? { method, headers } : { method, headers, body });
process.stdout.write(`${response.status}\n${await response.text()}`);
