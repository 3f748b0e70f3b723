/**
 * A request with an `Idempotency-Key` is carried out once, whatever is lost on the way and however often it is sent.
 */
import { describe, expect, it } from 'vitest';
import { ProblemSchema } from '../../src/http/problems.ts';
import { OutcomesSchema } from '../../src/mailbox/schema/changing.ts';
import { append, beginAppend } from '../support/imap-append.ts';
import { bigLetter } from '../support/imap-letters.ts';
import { type ImapRelay, type Loss, startImapRelay } from '../support/imap-relay.ts';
import { first, imapStage, messagesPath } from '../support/imap-stage.ts';
import { letter } from '../support/mail.ts';
import type { Caller } from '../support/postern.ts';

const stage = imapStage();
const inbox = messagesPath('inbox');
const archive = messagesPath('archive');
const key = '8e03978e-40d5-43e8-bc93-6894a57f9324';
const keyed = { 'Idempotency-Key': key };

async function relayed(...messages: readonly Uint8Array[]): Promise<{ relay: ImapRelay; caller: Caller }> {
  const relay = await startImapRelay(stage.host.dovecot.ports.imap);
  return { relay, caller: relay.through(await stage.callerWith(messages)) };
}

interface Told {
  readonly status: number;
  /** The kind of a problem, or the answer and where it says that the message is. */
  readonly told: unknown;
  readonly retryAfter: string | null;
}

async function told(response: Response): Promise<Told> {
  const { status, headers } = response;
  const body: unknown = await response.json();
  const retryAfter = headers.get('retry-after');
  if (!response.ok) return { status, told: ProblemSchema.parse(body).type.replace('/problems/', ''), retryAfter };
  return { status, told: [body, headers.get('location')], retryAfter };
}

const added = async (caller: Caller, bytes: Uint8Array, { path = archive, query = '', headers = {} } = {}) =>
  told(await append(stage.postern, caller, path, { bytes, query, headers: { ...keyed, ...headers } }));

const total = async (caller: Caller, mailbox = 'archive') => (await stage.page(caller, '', mailbox)).total;

/** The last line of a `letter`, as the relay sees it. */
const lastLine = /^is once\.$/;

describe('adding a message', () => {
  it('adds it once, and answers a repeat alike', async () => {
    const caller = await stage.callerWith([]);
    const one = await added(caller, letter('once'));
    expect(one.status).toBe(201);
    expect(await added(caller, letter('once'))).toEqual(one);
    expect(await added(caller, letter('once'), { headers: { 'Idempotency-Key': `"${key}"` } })).toEqual(one);
    expect(await total(caller)).toBe(1);
    await stage.postern.crashAndRestart();
    expect(await added(caller, letter('once'))).toEqual(one);
    expect(await total(caller)).toBe(1);
  });

  it.each([
    ['another message', letter('ecno'), ''],
    ['a longer message', letter('other, longer'), ''],
    ['other keywords', letter('once'), '?keywords=$seen'],
    ['another date', letter('once'), '?receivedAt=2024-02-29T23:30:05Z'],
  ])('refuses the key of another request: %s', async (_, bytes, query) => {
    const caller = await stage.callerWith([]);
    await added(caller, letter('once'));
    expect(await added(caller, bytes, { query })).toMatchObject({ status: 422, told: 'idempotency-key-reused' });
    expect(await total(caller)).toBe(1);
  });

  it('takes the same key for another mailbox, and another user, as another key', async () => {
    const [caller, other] = [await stage.callerWith([]), await stage.callerWith([])];
    for (const [who, path] of [
      [caller, archive],
      [caller, inbox],
      [other, archive],
    ] as const) {
      expect((await added(who, letter('once'), { path })).status).toBe(201);
    }
    expect([await total(caller), await total(caller, 'inbox'), await total(other)]).toEqual([1, 1, 1]);
  });

  it('keeps its answer from whoever does not know the password', async () => {
    const caller = await stage.callerWith([]);
    await added(caller, letter('once'));
    const stranger = { ...caller, password: `${caller.password}x` };
    expect((await added(stranger, letter('once'))).told).toBe('login-refused');
  });

  it('says that it is being carried out, while it is', async () => {
    const { relay, caller } = await relayed();
    const bytes = bigLetter(1_000_000);
    const url = stage.postern.url;
    const half = bytes.subarray(0, 500_000);
    const { goAway } = beginAppend(url, caller, archive, bytes.length, half, keyed);
    await until(() => relay.commands.some((command) => command.startsWith('APPEND')));
    expect(await added(caller, bytes)).toEqual({ status: 409, told: 'idempotency-key-in-progress', retryAfter: '5' });
    goAway();
    await until(async () => (await added(caller, bytes)).status === 201);
    expect(await total(caller)).toBe(1);
    await relay.stop();
  });

  it.each([
    ['before the server has the command', /^APPEND/, 'unsent'],
    ['before the first octet', /^APPEND/, 'unanswered'],
    ['before the last octets', /^Subject: .* big$|^.*big$/, 'unsent'],
  ] as const)('adds it at once when the connection was cut %s', async (_, at, loss) => {
    const { relay, caller } = await relayed();
    const bytes = bigLetter(1_000_000);
    void relay.loseAt(at, loss);
    expect((await added(caller, bytes)).told).toBe('connection-lost');
    expect(await total(caller)).toBe(0);
    const one = await added(caller, bytes);
    expect(one.status).toBe(201);
    expect(await added(caller, bytes)).toEqual(one);
    expect(await total(caller)).toBe(1);
    await relay.stop();
  });

  it('finds it there when the answer of the server was lost', async () => {
    const { relay, caller } = await relayed();
    await stage.deliver(caller, 'Archive', letter('once'));
    void relay.loseAt(lastLine, 'unanswered');
    expect((await added(caller, letter('once'))).told).toBe('connection-lost');
    // What came before and after it, of whatever size, is not it.
    await stage.deliver(caller, 'Archive', letter('ecno'), letter('longer'));
    const one = await added(caller, letter('once'));
    const { messages } = await stage.page(caller, '', 'archive');
    expect(one).toMatchObject({ status: 201, told: [{ id: messages[2]?.id }, expect.any(String)] });
    expect(await added(caller, letter('once'))).toEqual(one);
    expect(messages).toHaveLength(4);
    expect(await total(caller)).toBe(4);
    await relay.stop();
  });

  it('finds it there when Postern was killed before it had the answer', async () => {
    const { relay, caller } = await relayed();
    const held = relay.loseAt(lastLine, 'held');
    const broken = added(caller, letter('once')).catch(() => 'broken');
    await held;
    await stage.postern.crashAndRestart();
    relay.cut();
    expect(await broken).toBe('broken');
    expect(await total(caller)).toBe(1);
    expect((await added(caller, letter('once'))).status).toBe(201);
    expect(await total(caller)).toBe(1);
    await relay.stop();
  });

  it('adds it once when Postern was killed in the middle of it', async () => {
    const { relay, caller } = await relayed();
    const bytes = bigLetter(3_000_000);
    const { goAway } = beginAppend(
      stage.postern.url,
      caller,
      archive,
      bytes.length,
      bytes.subarray(0, bytes.length - 1),
      keyed,
    );
    await until(() => relay.commands.some((command) => command.startsWith('APPEND')));
    await stage.postern.crashAndRestart();
    goAway();
    expect((await added(caller, bytes)).status).toBe(201);
    expect((await added(caller, bytes)).status).toBe(201);
    expect(await total(caller)).toBe(1);
    await relay.stop();
  });

  it('adds nothing while it may still come, and says when it is worth asking again', async () => {
    const { relay, caller } = await relayed();
    void relay.loseAt(lastLine, 'unsent');
    expect((await added(caller, letter('once'))).told).toBe('connection-lost');
    const doubt = await added(caller, letter('once'));
    expect(doubt).toMatchObject({ status: 409, told: 'idempotency-key-in-doubt' });
    expect(Number(doubt.retryAfter)).toBeGreaterThan(60);
    expect(await total(caller)).toBe(0);
    await relay.stop();
  });

  it.each([
    ['something else has come', async (caller: Caller) => stage.deliver(caller, 'Archive', letter('other'))],
    [
      'another program has moved it away',
      async (caller: Caller) => {
        const program = await stage.program(caller, 'Archive');
        await program.command('MOVE 1 Trash');
      },
    ],
  ])('adds nothing, and says that nobody knows, when %s', async (what, happen) => {
    const { relay, caller } = await relayed();
    void relay.loseAt(lastLine, what.startsWith('something') ? 'unsent' : 'unanswered');
    await added(caller, letter('once'));
    await happen(caller);
    const before = await total(caller);
    const doubt = { status: 409, told: 'idempotency-key-in-doubt', retryAfter: null };
    expect(await added(caller, letter('once'))).toEqual(doubt);
    expect(await total(caller)).toBe(before);
    await relay.stop();
  });

  it('forgets the key when the server has refused it', async () => {
    const caller = await stage.callerWith([]);
    const missing = messagesPath('mb_TGF0ZXI');
    expect((await added(caller, letter('once'), { path: missing })).told).toBe('mailbox-not-found');
    await (await stage.program(caller)).command('CREATE Later');
    expect((await added(caller, letter('once'), { path: missing })).status).toBe(201);
  });
});

describe('copying', () => {
  const one = async (caller: Caller) => {
    const path = first(await stage.paths(caller));
    return async () =>
      told(await stage.postern.call(caller, `${path}/copy`, { body: { mailboxId: 'archive' }, headers: keyed }));
  };
  const all = async (caller: Caller) => {
    const ids = (await stage.page(caller)).messages.map(({ id }) => id);
    return async () => {
      const body = { ids: [...ids, '1.1'], copyTo: 'archive' };
      const response = await stage.postern.call(caller, `${inbox}/batch`, { body, headers: keyed });
      if (!response.ok) return told(response);
      const { outcomes } = OutcomesSchema.parse(await response.json());
      const kinds = outcomes.map(({ problem }) => problem?.type.replace('/problems/', ''));
      return kinds[0] === 'connection-lost'
        ? { status: 502, told: kinds[0], retryAfter: null }
        : { status: response.status, told: outcomes, retryAfter: null };
    };
  };

  describe.each([
    ['a message', one, [letter('once')], 201],
    ['a batch', all, [letter('one'), letter('once'), letter('once')], 207],
  ] as const)('%s', (_, callOf, messages, status) => {
    it('makes one copy, and answers a repeat alike', async () => {
      const caller = await stage.callerWith(messages);
      const call = await callOf(caller);
      const copied = await call();
      expect(copied.status).toBe(status);
      expect(await call()).toEqual(copied);
      expect(await total(caller)).toBe(messages.length);
    });

    it('finds the copy there when the answer of the server was lost', async () => {
      const { relay, caller } = await relayed(...messages);
      const call = await callOf(caller);
      await losing(relay, 'unanswered', call);
      const found = await call();
      expect(found.status).toBe(status);
      expect(await call()).toEqual(found);
      expect(await total(caller)).toBe(messages.length);
      expect(relay.commands.filter((command) => command.startsWith('UID COPY'))).toHaveLength(1);
      await relay.stop();
    });

    it('makes none while it may still come', async () => {
      const { relay, caller } = await relayed(...messages);
      const call = await callOf(caller);
      await losing(relay, 'unsent', call);
      expect(await call()).toMatchObject({ status: 409, told: 'idempotency-key-in-doubt' });
      expect(await total(caller)).toBe(0);
      await relay.stop();
    });
  });

  async function losing(relay: ImapRelay, loss: Loss, call: () => Promise<Told>): Promise<void> {
    void relay.loseAt(/^UID COPY/, loss);
    expect((await call()).told).toBe('connection-lost');
  }

  it('refuses the key of another copy', async () => {
    const caller = await stage.callerWith([letter('1'), letter('2')]);
    const [newest = '', oldest = ''] = await stage.paths(caller);
    const call = (path: string, mailboxId: string) =>
      stage.postern.call(caller, `${path}/copy`, { body: { mailboxId }, headers: keyed });
    expect((await call(newest, 'archive')).status).toBe(201);
    for (const response of [await call(oldest, 'archive'), await call(newest, 'trash')]) {
      expect(await told(response)).toMatchObject({ status: 422, told: 'idempotency-key-reused' });
    }
    expect([await total(caller), await total(caller, 'trash')]).toEqual([1, 0]);
  });

  it('is what a key of a batch is for, and nothing else', async () => {
    const caller = await stage.callerWith([letter('1')]);
    const ids = (await stage.page(caller)).messages.map(({ id }) => id);
    const call = { body: { ids, delete: 'trash' }, headers: keyed };
    const problem = await stage.postern.problem('request-invalid', caller, `${inbox}/batch`, call);
    expect(problem.errors).toMatchObject([{ in: 'header', field: 'Idempotency-Key' }]);
    expect(await total(caller, 'inbox')).toBe(1);
  });
});

it.each(['', '""', 'a b', '"a', 'a"b', '"a"b"', '"\\x"', 'a,b', 'é', 'x'.repeat(256)])(
  'refuses the key %j, and says what is wrong',
  async (wrong) => {
    const caller = await stage.callerWith([]);
    const response = await append(stage.postern, caller, inbox, {
      bytes: letter('1'),
      headers: { 'Idempotency-Key': wrong },
    });
    const problem = ProblemSchema.parse(await response.json());
    expect(problem).toMatchObject({ status: 400, errors: [{ in: 'header', field: 'Idempotency-Key' }] });
    expect(await total(caller, 'inbox')).toBe(0);
  },
);

/** Resolves when it is so; the test's own deadline ends the wait. */
async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setImmediate(resolve));
}
