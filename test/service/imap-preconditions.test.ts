/**
 * `If-Match`: a message is changed only if nobody else has changed it since it was read.
 */
import { describe, expect, it } from 'vitest';
import { PatchedEmailSchema } from '../../src/mailbox/schema/changing.ts';
import { type ImapScript, startImapServer } from '../support/imap-script.ts';
import { first, imapStage, messagesPath } from '../support/imap-stage.ts';
import { letter } from '../support/mail.ts';
import type { Call, Caller } from '../support/postern.ts';

const stage = imapStage();
const seen: Call = { method: 'PATCH', body: { keywords: { $seen: true } } };

async function tagOf(caller: Caller, path: string, method = 'GET'): Promise<string> {
  const response = await stage.postern.call(caller, path, { method });
  await response.arrayBuffer();
  return response.headers.get('etag') ?? '';
}

const ifMatch = (call: Call, tag: string): Call => ({ ...call, headers: { 'If-Match': tag } });

/** Every way to change a message. */
const changes: readonly (readonly [string, Call])[] = [
  ['', seen],
  ['', { method: 'PATCH', body: { keywords: { $flagged: true, other: null } } }],
  ['', { method: 'PATCH', body: { mailboxId: 'archive' } }],
  ['', { method: 'PATCH', body: { mailboxId: 'archive', keywords: { $seen: true } } }],
  ['', { method: 'DELETE' }],
  ['?permanent=true', { method: 'DELETE' }],
];

describe('the ETag of a message', () => {
  it('is strong, the same for every reader, and changes with the keywords alone', async () => {
    const caller = await stage.callerWith([letter('1'), letter('2')]);
    const [other = '', path = ''] = await stage.paths(caller);
    const tag = await tagOf(caller, path);
    expect(tag).toMatch(/^"[^"]+"$/);
    expect(await tagOf(caller, `${path}?fields=subject`)).toBe(tag);
    expect(await tagOf(caller, path, 'HEAD')).toBe(tag);
    const program = await stage.program(caller);
    await program.command('UID STORE 2 +FLAGS (\\Flagged)');
    expect(await tagOf(caller, path)).toBe(tag);
    await stage.read(caller, other);
    const same = await stage.postern.call(caller, path, { headers: { 'If-None-Match': tag } });
    expect([same.status, await same.text()]).toEqual([304, '']);
    await program.command('UID STORE 1 +FLAGS (\\Flagged)');
    const changed = await stage.postern.call(caller, path, { headers: { 'If-None-Match': tag } });
    expect(changed.status).toBe(200);
    expect(await changed.json()).toMatchObject({ keywords: { $flagged: true } });
  });

  it('is answered with a change that was conditional, so that the next one can be', async () => {
    const caller = await stage.callerWith([letter('1')]);
    const path = first(await stage.paths(caller));
    let tag = await tagOf(caller, path);
    for (const keywords of [{ $seen: true }, { one: true, $seen: null }, { one: null }]) {
      const call = ifMatch({ method: 'PATCH', body: { keywords } }, tag);
      const response = await stage.postern.call(caller, path, call);
      expect(response.status).toBe(200);
      await response.arrayBuffer();
      tag = response.headers.get('etag') ?? '';
      expect(await tagOf(caller, path)).toBe(tag);
    }
  });
});

describe.each(changes)('%s %j', (query, call) => {
  it('is done when nobody was first', async () => {
    const caller = await stage.callerWith([letter('1')]);
    const path = first(await stage.paths(caller));
    const tag = await tagOf(caller, path);
    const response = await stage.postern.call(caller, path + query, ifMatch(call, `"other", ${tag}`));
    expect(response.ok).toBe(true);
    await response.arrayBuffer();
  });

  it('changes nothing when somebody else was first, even if it looks the same again', async () => {
    const caller = await stage.callerWith([letter('1')]);
    const path = first(await stage.paths(caller));
    const tag = await tagOf(caller, path);
    const program = await stage.program(caller);
    await program.command('STORE 1 +FLAGS.SILENT (theirs)');
    await program.command('STORE 1 -FLAGS.SILENT (theirs)');
    const problem = await stage.postern.problem('precondition-failed', caller, path + query, ifMatch(call, tag));
    expect(problem.status).toBe(412);
    expect(await program.flags()).toEqual({ 1: [] });
    expect((await stage.page(caller, '', 'archive')).total + (await stage.page(caller, '', 'trash')).total).toBe(0);
  });

  it.each(['W/"m1"', '"anything"', '""'])('changes nothing for %s', async (tag) => {
    const caller = await stage.callerWith([letter('1')]);
    const path = first(await stage.paths(caller));
    await stage.postern.problem('precondition-failed', caller, path + query, ifMatch(call, tag));
    expect((await stage.read(caller, path)).keywords).toEqual({});
  });

  it('asks with * for nothing but that the message is there (RFC 9110 §13.1.1)', async () => {
    const caller = await stage.callerWith([letter('1')]);
    const path = first(await stage.paths(caller));
    const missing = path.replace(/1$/, '9') + query;
    const problem = await stage.postern.problem('precondition-failed', caller, missing, ifMatch(call, '*'));
    expect(problem.status).toBe(412);
    await stage.postern.problem('message-not-found', caller, missing, call);
    const response = await stage.postern.call(caller, path + query, ifMatch(call, '*'));
    expect(response.ok).toBe(true);
    await response.arrayBuffer();
  });
});

it.each(['m1', '"m1', 'W/m1', '"a" "b"', '*, "a"', ','])(
  'refuses the If-Match %j, and says what is wrong',
  async (tag) => {
    const caller = await stage.callerWith([letter('1')]);
    const path = first(await stage.paths(caller));
    const problem = await stage.postern.problem('request-invalid', caller, path, ifMatch(seen, tag));
    expect(problem.errors).toMatchObject([{ in: 'header', field: 'If-Match' }]);
  },
);

const inbox = `${messagesPath('inbox')}/1000.1`;

async function scripted<T>(
  script: ImapScript,
  work: (caller: Caller, flags: () => string[]) => Promise<T>,
): Promise<T> {
  const server = await startImapServer({ messages: [letter('1')], ...script });
  try {
    return await work(server.caller(), () => [...(server.inbox[0]?.flags ?? [])]);
  } finally {
    await server.stop();
  }
}

it('compares flags where the server does not count changes', async () => {
  await scripted({}, async (caller, flags) => {
    const tag = await tagOf(caller, inbox);
    const patched = await stage.postern.json(PatchedEmailSchema, caller, inbox, ifMatch(seen, tag));
    expect(patched.keywords).toEqual({ $seen: true });
    const flag = { method: 'PATCH', body: { keywords: { $flagged: true } } };
    await stage.postern.problem('precondition-failed', caller, inbox, ifMatch(flag, tag));
    expect(flags()).toEqual(['\\Seen']);
    await stage.postern.json(PatchedEmailSchema, caller, inbox, ifMatch(flag, await tagOf(caller, inbox)));
    expect(flags()).toEqual(['\\Seen', '\\Flagged']);
  });
});

/** As a server with CONDSTORE: MODSEQ 7, whatever happens. */
const modseq = '* 1 FETCH (UID 1 FLAGS () MODSEQ (7))\r\n$ OK done\r\n';

it.each([
  ['OK [MODIFIED 1] not stored', 'OK'],
  ['NO [MODIFIED 1] not stored', 'NO'],
])('believes the server that somebody was first in that very moment (%s)', async (told) => {
  let isChanged = false;
  const sent: string[] = [];
  const answer = (command: string) => {
    if (command.startsWith('UID STORE')) {
      sent.push(command);
      isChanged = true;
      return `$ ${told}\r\n`;
    }
    if (!/^UID FETCH 1 .*MODSEQ/.test(command) || command.includes('BODY')) return undefined;
    return isChanged ? modseq.replace('(7)', '(8)') : modseq;
  };
  await scripted({ capabilities: ['CONDSTORE'], answer }, async (caller) => {
    await stage.postern.problem('precondition-failed', caller, inbox, ifMatch(seen, '"m7"'));
    expect(sent).toEqual(['UID STORE 1 (UNCHANGEDSINCE 7) +FLAGS (\\Seen)']);
  });
});

it('expunges nothing that somebody has changed in that very moment', async () => {
  const sent: string[] = [];
  const answer = (command: string) => {
    if (/^(UID )?(STORE|EXPUNGE)/.test(command)) sent.push(command);
    if (command.startsWith('UID STORE')) return '$ OK [MODIFIED 1] not stored\r\n';
    return /^UID FETCH 1 .*MODSEQ/.test(command) ? modseq : undefined;
  };
  await scripted({ capabilities: ['CONDSTORE', 'UIDPLUS'], answer }, async (caller) => {
    const call = ifMatch({ method: 'DELETE' }, '"m7"');
    await stage.postern.problem('precondition-failed', caller, `${inbox}?permanent=true`, call);
    expect(sent).toEqual(['UID STORE 1 (UNCHANGEDSINCE 7) +FLAGS (\\Deleted)']);
  });
});

it('reads a message of a mailbox that counts nothing although its server can', async () => {
  const answer = (command: string) => (command.includes('MODSEQ') ? '$ BAD no mod-sequences here\r\n' : undefined);
  await scripted({ capabilities: ['CONDSTORE'], answer }, async (caller) => {
    expect(await tagOf(caller, inbox)).toMatch(/^"f/);
  });
});
