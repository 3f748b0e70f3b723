/**
 * A message of 60 MB through a proxy that may have 128 MB: byte-exact, and never in memory as a whole?
 *
 * Measured is the resident memory of the workerd process (VmRSS of /proc/<pid>/status, read every 20 ms, and VmHWM, its
 * peak as the kernel has seen it), which holds both Workers, V8 and all buffers: more than the isolate that the platform
 * limits. Idle is after one call that has loaded all the code. VmHWM is set back before each transfer.
 */
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { MaildropPageSchema } from '../../src/maildrop/schema/message.ts';
import { encrypted, letter } from '../support/mail.ts';
import { sha256Of } from '../support/maildir.ts';
import { popStage } from '../support/pop-stage.ts';
import type { Caller } from '../support/postern.ts';
import { type Relay, startRelay } from '../support/relay.ts';

const stage = popStage();
const MB = 1024 * 1024;
const large = largeMessage(60 * MB);

/** Kilobytes, as the kernel says. */
function memoryOf(pid: number, field: 'VmRSS' | 'VmHWM'): number {
  const [, text = ''] = new RegExp(`${field}:\\s+(\\d+) kB`).exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(text) * 1024;
}

/** Runs `work` and answers how many bytes above idle the process went. */
async function growthDuring(work: () => Promise<void>): Promise<number> {
  const { pid } = stage.postern.workers;
  const idle = memoryOf(pid, 'VmRSS');
  writeFileSync(`/proc/${pid}/clear_refs`, '5');
  let highest = idle;
  const sampling = setInterval(() => {
    highest = Math.max(highest, memoryOf(pid, 'VmRSS'));
  }, 20);
  try {
    await work();
  } finally {
    clearInterval(sampling);
  }
  return Math.max(highest, memoryOf(pid, 'VmHWM')) - idle;
}

async function pathOfLarge(caller: Caller): Promise<string> {
  const { messages } = await stage.postern.json(MaildropPageSchema, caller, '/v1/pop/messages?headers=true');
  const [small, big] = messages.map(({ id }) => `/v1/pop/messages/${id}`);
  await (await stage.postern.call(caller, `${small}/raw`)).arrayBuffer();
  return big ?? '';
}

describe.each(encrypted)('over %s', (security) => {
  it('gives a message of 60 MB byte for byte, in less than 100 MB more than idle', async () => {
    const caller = await stage.callerWith([letter('small'), large], security);
    const path = await pathOfLarge(caller);
    const hash = createHash('sha256');
    const growth = await growthDuring(async () => {
      const { body } = await stage.postern.call(caller, `${path}/raw`);
      for await (const chunk of body ?? []) hash.update(chunk);
    });
    expect(hash.digest('hex')).toBe(sha256Of(large));
    report(`raw over ${security}`, growth);
    expect(growth).toBeLessThan(100 * MB);
  });

  it('downloads a message of 60 MB byte for byte, in less than 100 MB more than idle', async () => {
    const caller = await stage.callerWith([letter('small'), large], security);
    await pathOfLarge(caller);
    const decoded = createHash('sha256');
    let end = '';
    const growth = await growthDuring(async () => {
      const { body } = await stage.postern.call(caller, '/v1/pop/downloads', { body: { format: 'raw' } });
      end = await decodeLastRaw(body, (bytes) => decoded.update(bytes));
    });
    const sha256 = sha256Of(large);
    expect(decoded.digest('hex')).toBe(sha256);
    expect(end).toMatch(new RegExp(`^","sha256":"${sha256}","type":"message"}\n{"type":"receipt",.*"count":2,.*}\n$`));
    report(`download over ${security}`, growth);
    expect(growth).toBeLessThan(100 * MB);
  });
});

it('reads a message of 60 MB as JSON in less than 100 MB more than idle', async () => {
  const caller = await stage.callerWith([letter('small'), large]);
  const path = await pathOfLarge(caller);
  const growth = await growthDuring(async () => {
    const response = await stage.postern.call(caller, path);
    expect(await response.json()).toMatchObject({ isTruncated: true, size: large.length });
  });
  report('JSON', growth);
  expect(growth).toBeLessThan(100 * MB);
});

describe('to a reader that stops reading', () => {
  let relay: Relay;
  beforeAll(async () => {
    relay = await startRelay(stage.host.dovecot.ports.pop3);
  });
  afterAll(() => relay.stop());

  it.each(['raw', 'download'])(
    'stops taking bytes from the server, and frees the session when it leaves (%s)',
    async (how) => {
      const { user, password } = await stage.callerWith([letter('small'), large], 'cleartext');
      const caller = { user, password, mailServer: `pop3://127.0.0.1:${relay.port}?security=none` };
      const path = how === 'raw' ? `${await pathOfLarge(caller)}/raw` : '/v1/pop/downloads';
      const before = relay.bytesFromServer;
      const leaving = new AbortController();
      let taken = 0;
      const growth = await growthDuring(async () => {
        const call = how === 'raw' ? {} : { body: { format: 'raw' } };
        const { body } = await stage.postern.call(caller, path, { ...call, signal: leaving.signal });
        const reader = body?.getReader() ?? expect.fail('no body');
        for (let read = 0; read < 64 * 1024; ) read += (await reader.read()).value?.length ?? expect.fail('the end');
        taken = (await untilStill(() => relay.bytesFromServer)) - before;
      });
      report(`taken from the server for a ${how} that nobody reads`, taken);
      // What the kernel's buffers hold on three connections, and one chunk in each stream.
      expect(taken).toBeLessThan(large.length / 2);
      expect(growth).toBeLessThan(30 * MB);

      leaving.abort();
      const start = Date.now();
      const page = await stage.postern.json(MaildropPageSchema, caller, '/v1/pop/messages');
      expect(page.total).toBe(2);
      expect(Date.now() - start).toBeLessThan(5000);
      expect(relay.bytesFromServer - before, 'bytes taken, also after it had left').toBeLessThan(large.length / 2);
    },
  );
});

it('does not take many messages that it has asked for ahead, when nobody reads them', async () => {
  const relay = await startRelay(stage.host.dovecot.ports.pop3);
  try {
    const part = large.subarray(0, 200 * 1024);
    const { user, password } = await stage.callerWith(
      Array.from({ length: 200 }, () => part),
      'cleartext',
    );
    const caller = { user, password, mailServer: `pop3://127.0.0.1:${relay.port}?security=none` };
    await stage.postern.json(MaildropPageSchema, caller, '/v1/pop/messages');
    const before = relay.bytesFromServer;
    const leaving = new AbortController();
    let taken = 0;
    const growth = await growthDuring(async () => {
      const call = { body: { format: 'raw', limit: 200 }, signal: leaving.signal };
      const { body } = await stage.postern.call(caller, '/v1/pop/downloads', call);
      await body?.getReader().read();
      taken = (await untilStill(() => relay.bytesFromServer)) - before;
    });
    report('taken from the server of 40 MB in many messages that nobody reads', taken);
    expect(taken).toBeLessThan(20 * MB);
    expect(growth).toBeLessThan(30 * MB);
    leaving.abort();
  } finally {
    await relay.stop();
  }
});

/** The value of a count that has not changed for ten looks at it, 50 ms apart. */
async function untilStill(count: () => number): Promise<number> {
  let last = -1;
  let looks = 0;
  await vi.waitUntil(
    () => {
      looks = count() === last ? looks + 1 : 0;
      last = count();
      return looks === 10;
    },
    { interval: 50, timeout: 20_000 },
  );
  return last;
}

/** Decodes what is in the last `"raw":"…"` of NDJSON, bit by bit; answers what follows it. */
async function decodeLastRaw(
  body: AsyncIterable<Uint8Array> | null,
  take: (bytes: Uint8Array) => void,
): Promise<string> {
  const marker = '"raw":"';
  let text = '';
  let isInside = false;
  for await (const chunk of body ?? []) {
    text += Buffer.from(chunk).toString('latin1');
    if (!isInside) {
      const at = text.indexOf(marker, text.indexOf('\n') + 1);
      if (!text.includes('\n') || at < 0) continue;
      isInside = true;
      text = text.slice(at + marker.length);
    }
    const end = text.indexOf('"');
    if (end === 0) continue;
    const length = end < 0 ? text.length - (text.length % 4) : end;
    take(Buffer.from(text.slice(0, length), 'base64'));
    text = text.slice(length);
  }
  return text;
}

function largeMessage(bytes: number): Buffer {
  const head = Buffer.from('Subject: Large\r\nContent-Type: text/plain; charset=iso-8859-1\r\n\r\n');
  // Dots at line starts, 8-bit bytes, and no two lines alike for longer than a packet.
  const line = (index: number) => `${index % 7 === 0 ? '.' : ''}${index} caf\xe9 ${'x'.repeat(index % 60)}\r\n`;
  const lines = Array.from({ length: 20_011 }, (_, index) => line(index)).join('');
  const block = Buffer.from(lines, 'latin1');
  return Buffer.concat([head, ...Array.from({ length: Math.ceil(bytes / block.length) }, () => block)]);
}

/** For whoever runs it: figures of this machine. */
function report(what: string, bytes: number): void {
  if (process.env['SHOW_MEMORY']) console.log(`${what}: ${(bytes / MB).toFixed(1)} MB`);
}
