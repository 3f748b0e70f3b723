/**
 * Can any string of a request end a command to the mail server and begin another?
 *
 * Every string that the contract takes, in turn, with a real server behind a recorder that takes apart what is sent as the server does.
 */
import { Buffer } from 'node:buffer';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { EmailPageSchema } from '../../src/mailbox/schema/page.ts';
import { MaildropPageSchema } from '../../src/maildrop/schema/message.ts';
import { type CommandRecorder, startCommandRecorder } from '../support/command-recorder.ts';
import { type Operation, operations, type StringPlace, withStringAt } from '../support/contract-strings.ts';
import { letter, type MailHost, startMailHost } from '../support/mail.ts';
import { accountHeaders, type Caller, type Postern, startPostern } from '../support/postern.ts';
import { type ScriptedWeb, startWeb } from '../support/scripted-web.ts';

let host: MailHost;
let web: ScriptedWeb;
let postern: Postern;
let recorders: { readonly imap: CommandRecorder; readonly pop3: CommandRecorder };
let callers: { readonly imap: Caller; readonly pop3: Caller };
/** What a path needs to lead anywhere, by the name of its parameter. */
let known: Readonly<Record<'imap' | 'pop3', Readonly<Record<string, string>>>>;
beforeAll(async () => {
  host = await startMailHost({ extraConfig: patient });
  // Whatever is asked for an address that is no address.
  web = await startWeb(() => undefined);
  postern = await startPostern({ web });
  const { imap, pop3 } = host.dovecot.ports;
  recorders = { imap: await startCommandRecorder('imap', imap), pop3: await startCommandRecorder('pop3', pop3) };
  const [mailbox, maildrop] = [await host.caller('imap'), await host.caller('pop3')];
  for (const { user } of [mailbox, maildrop]) await host.dovecot.deliver(user, 'INBOX', letter('one'));
  callers = { imap: recorders.imap.through(mailbox), pop3: recorders.pop3.through(maildrop) };
  const { messages } = await postern.json(EmailPageSchema, callers.imap, '/v1/imap/mailboxes/inbox/messages');
  const listing = await postern.json(MaildropPageSchema, callers.pop3, '/v1/pop/messages');
  const id = messages[0]?.id ?? '';
  known = {
    imap: { mailbox: 'inbox', id, threadId: id, partId: '1' },
    pop3: { id: listing.messages[0]?.id ?? '', partId: '1' },
  };
});
afterAll(async () => {
  await postern.stop();
  await Promise.all([web.stop(), recorders.imap.stop(), recorders.pop3.stop()]);
  await host.stop();
});

/** Whoever guesses is not made to wait, and may have many connections. */
const patient = `
auth_failure_delay = 0
mail_max_userip_connections = 50
service anvil {
  unix_listener anvil-auth-penalty {
    mode = 0
  }
}`;

const mark = 'ZZMARK';
const hostile: readonly string[] = [
  `a\r\n${mark} NOOP\r\n`,
  `a\n${mark} NOOP\n`,
  `a\r${mark} NOOP`,
  `a\0${mark}`,
  // Ends what is quoted, and the command with it if anybody forgets to quote.
  `a" ${mark} "b\\`,
  // Announces a literal: the server would take the next commands for its octets.
  `${mark}{98765+}`,
  // CR and LF for whoever keeps eight bits of each character.
  `a\u560d\u560a${mark} NOOP\u560d\u560a`,
];

const imapVerbs =
  /^[\dA-Za-z]+ (?:UID )?(?:CAPABILITY|ID|LOGIN|AUTHENTICATE|ENABLE|NAMESPACE|LIST|LSUB|SELECT|EXAMINE|STATUS|FETCH|NOOP|IDLE|LOGOUT|CREATE|RENAME|DELETE|SUBSCRIBE|UNSUBSCRIBE|APPEND|REPLACE|COPY|MOVE|STORE|EXPUNGE|SEARCH|SORT|THREAD|MYRIGHTS|GETQUOTAROOT|GETQUOTA|CLOSE|UNSELECT|CHECK)(?: |$)/;
const popVerbs = /^(?:CAPA|USER|PASS|AUTH|STAT|LIST|UIDL|TOP|RETR|DELE|NOOP|RSET|QUIT|UTF8|STLS)(?: |$)/;
/** Rest of a command behind a literal, the answer to a challenge, or the end of IDLE. */
const continued = /^(?:[A-Za-z\d+/]*={0,2}|DONE| .*|\))$/;

/** What a mail server was told that no client would say. */
const injected = (): string[] => [
  ...recorders.imap.lines.filter((line) => !imapVerbs.test(line) && !continued.test(line)),
  ...recorders.pop3.lines.filter((line) => !popVerbs.test(line) && !continued.test(line)),
  ...[...recorders.imap.lines, ...recorders.pop3.lines].filter(
    (line) => /[\r\n\0]/.test(line) || line.includes('{98765+}\r') || /(?<!["\w\\]){98765\+}$/.test(line),
  ),
];

/** Accounts that a body names are the ones that there are, and a webhook is where nobody listens. */
const withAccounts = (example: unknown): unknown =>
  JSON.parse(JSON.stringify(example ?? {}), (name, value) => {
    if (name === 'url') return 'http://127.0.0.1:9/';
    if (typeof value !== 'object' || value === null || !('server' in value)) return value;
    const { user, password, mailServer } = String(value.server).startsWith('pop') ? callers.pop3 : callers.imap;
    return { ...value, server: mailServer, user, password };
  });

async function send(
  { method, path, example, mediaType }: Operation,
  place: StringPlace,
  text: string,
): Promise<number> {
  const protocol = path.startsWith('/v1/pop') ? 'pop3' : 'imap';
  const value = (name: string, where: StringPlace['in']): string | undefined =>
    place.in === where && place.at[0] === name ? text : known[protocol][name];
  const filled = path.replace(/\{(\w+)\}/g, (_all, name) => encodeURIComponent(value(name, 'path') ?? 'x'));
  const query = place.in === 'query' ? `?${place.at[0]}=${encodeURIComponent(text)}` : '';
  const isJson = mediaType === 'application/json';
  const json = place.in === 'body' ? withStringAt(withAccounts(example), place.at, text) : withAccounts(example);
  const response = await postern.call(callers[protocol], filled + query, {
    method,
    ...(isJson ? { body: json } : {}),
    ...(mediaType === null || isJson ? {} : { bytes: letter('added') }),
    headers: {
      ...(mediaType === null ? {} : { 'Content-Type': mediaType }),
      ...(place.in === 'header' ? { [String(place.at[0])]: text } : {}),
    },
  });
  // A stream of events does not end.
  if (response.headers.get('content-type') === 'text/event-stream') await response.body?.cancel();
  else await response.arrayBuffer();
  return response.status;
}

/** `fetch` sends no other in a header, and HTTP has no others. */
const isSendable = (place: StringPlace, text: string) => place.in !== 'header' || /^[\x20-\x7e]*$/.test(text);

it.each(operations.filter(({ places }) => places.length > 0))('not by $id', async (operation) => {
  const sent = operation.places.flatMap((place) =>
    hostile.filter((text) => isSendable(place, text)).map((text) => ({ place, text })),
  );
  const statuses = await Promise.all(sent.map(({ place, text }) => send(operation, place, text)));
  const faults = sent.flatMap(({ place, text }, index) =>
    (statuses[index] ?? 0) < 500 ? [] : [`${statuses[index]} for ${place.name}: ${JSON.stringify(text)}`],
  );
  expect(faults).toEqual([]);
  expect(injected()).toEqual([]);
});

async function statusOf(caller: Caller, path: string): Promise<number> {
  const response = await postern.call(caller, path);
  await response.arrayBuffer();
  return response.status;
}

it('and not by a user or a password', async () => {
  for (const text of hostile) {
    const wrong = [{ user: text }, { password: text }].flatMap((one) => [
      statusOf({ ...callers.imap, ...one }, '/v1/imap/mailboxes'),
      statusOf({ ...callers.pop3, ...one }, '/v1/pop/messages'),
    ]);
    // What would end a command is refused here, whatever the login is sent as; the rest the server may judge.
    const expected = /[\r\n\0]/.test(text) ? [400] : [401, 429];
    expect(
      (await Promise.all(wrong)).filter((status) => !expected.includes(status)),
      text,
    ).toEqual([]);
  }
  const { Authorization: _, ...server } = accountHeaders(callers.imap);
  const token = { Authorization: 'Bearer token', ...server, 'Mail-User': `a\t${mark}` };
  expect((await postern.call(null, '/v1/imap/mailboxes', { headers: token })).status).toBe(400);
  const named = { ...accountHeaders(callers.imap), 'Mail-Server': `imap://localhost%0d%0a${mark}` };
  expect((await postern.call(null, '/v1/imap/mailboxes', { headers: named })).status).toBe(400);
  expect(injected()).toEqual([]);
});

it('although the server was told some of them, as text', () => {
  const told = recorders.imap.lines.filter((line) => line.includes(mark));
  expect(told.length).toBeGreaterThan(10);
  expect(Buffer.from(told.join('\n'), 'latin1').toString()).toContain(`a\\" ${mark} \\"b`);
});
