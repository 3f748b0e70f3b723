/**
 * Does one who knows an address and a password find the servers that take them?
 */
import type { Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { canaryPassword } from '../support/canary.ts';
import { type Candidate, discoveryStage } from '../support/discovery-stage.ts';
import { startImapServer } from '../support/imap-script.ts';
import { type MailHost, startMailHost } from '../support/mail.ts';
import { startPopServer } from '../support/pop-script.ts';
import type { Incoming } from '../support/settings-document.ts';

let host: MailHost;
beforeAll(async () => {
  host = await startMailHost();
});
afterAll(() => host.stop());

const stage = discoveryStage(() => ({ trustedCertificates: [host.dovecot.ca] }));

/** As Dovecot is to be found here. */
const servers = (): readonly Incoming[] => {
  const { ports } = host.dovecot;
  return [
    { type: 'imap', hostname: 'localhost', port: ports.imaps },
    { type: 'imap', hostname: 'localhost', port: ports.imap, socketType: 'STARTTLS' },
    { type: 'pop3', hostname: 'localhost', port: ports.pop3s },
    { type: 'pop3', hostname: 'localhost', port: ports.pop3, socketType: 'STARTTLS' },
  ];
};

const outcomes = ({ verified }: Candidate) =>
  verified === null ? null : Object.values(verified).map(({ outcome }) => outcome);
const all = ['done', 'done', 'done', 'done'];

it('finds a server of each protocol, and logs in to both', async () => {
  const { user, password } = await host.caller('imap');
  stage.publish('postern.example', servers());
  const { domain, candidates, sources, recommendation } = await stage.discover({ email: user, password });
  expect(domain).toBe('postern.example');
  const { ports } = host.dovecot;
  expect(candidates.imap.map((one) => [one.server, one.user, one.sources])).toEqual([
    [`imaps://localhost:${ports.imaps}`, user, ['autoconfig']],
    [`imap://localhost:${ports.imap}`, user, ['autoconfig']],
  ]);
  expect([candidates.imap, candidates.pop3].map(([one]) => one && outcomes(one))).toEqual([all, all]);
  // STARTTLS has been begun there, too; the password was not needed any more.
  expect(candidates.pop3[1]?.verified).toMatchObject({
    tls: { outcome: 'done' },
    login: { outcome: 'not-tried', reason: 'enough' },
  });
  expect(sources.find(({ source }) => source === 'autoconfig')?.outcome).toBe('found');
  expect(recommendation?.protocol).toBe('imap');
});

it('takes the user by another name where nobody says which', async () => {
  const { user, password } = await host.caller('imap');
  const [localPart = ''] = user.split('@');
  await host.dovecot.addUser(localPart, password);
  stage.publish(
    'postern.example',
    servers()
      .slice(0, 1)
      .map((one) => ({ ...one, username: '' })),
  );
  const { candidates } = await stage.discover({ email: `${localPart}@postern.example`, password });
  expect(candidates.imap[0]).toMatchObject({ user, alternativeUser: null });
  stage.publish(
    'other.example',
    servers()
      .slice(0, 1)
      .map((one) => ({ ...one, username: '' })),
  );
  const other = await stage.discover({ email: `${localPart}@other.example`, password });
  expect(other.candidates.imap[0]).toMatchObject({ user: localPart, alternativeUser: null });
});

it('tells that a password is refused, and by what', async () => {
  const { user } = await host.caller('imap');
  stage.publish('postern.example', servers().slice(0, 1));
  const { candidates } = await stage.discover({ email: user, password: `${canaryPassword}-wrong` });
  expect(candidates.imap[0]?.verified).toMatchObject({
    greeting: { outcome: 'done' },
    login: { outcome: 'failed', problem: { type: '/problems/login-refused', status: 401 } },
  });
});

it('calls no mail server without a password', async () => {
  const server = await startImapServer();
  const { port } = new URL(server.caller().mailServer);
  stage.publish('quiet.example', [{ type: 'imap', hostname: 'localhost', port, socketType: 'STARTTLS' }]);
  const { candidates } = await stage.discover({ email: 'ada@quiet.example' });
  expect(candidates.imap).toMatchObject([{ server: `imap://localhost:${port}`, verified: null }]);
  expect(server.connections).toBe(0);
  await server.stop();
});

it('asks the web for the domain, and never for the address', () => {
  const { asked } = stage.web;
  expect(asked).toContain('https://autoconfig.thunderbird.net/v1.1/postern.example');
  expect(asked).toContain('https://cloudflare-dns.com/dns-query?name=_imaps._tcp.postern.example&type=SRV');
  expect(asked.filter((url) => /user\d|%40|@/.test(url))).toEqual([]);
});

it('logs neither address nor domain', () => {
  expect(stage.postern.log.join('\n')).toContain('/v1/discover');
  expect(stage.postern.log.filter((line) => /postern\.example|user\d+/.test(line))).toEqual([]);
});

describe('how far one comes is told', () => {
  /** Of one server, with a password that it must not see. */
  const stagesWith = async (server: Omit<Incoming, 'hostname'>) => {
    stage.publish('stages.example', [{ hostname: 'localhost', ...server }]);
    const { candidates } = await stage.discover({ email: 'ada@stages.example', password: canaryPassword });
    const [{ verified = null } = {}] = [...candidates.imap, ...candidates.pop3];
    if (verified === null) throw new Error('not verified');
    const { host, tls, greeting, login } = verified;
    expect(login).toEqual({ outcome: 'not-tried', reason: 'stage-before' });
    return [host, tls, greeting].map(({ outcome, problem }) => problem?.type.replace('/problems/', '') ?? outcome);
  };

  it('when nothing listens', async () => {
    const server = await startPopServer();
    await server.stop();
    expect(await stagesWith({ type: 'pop3', port: server.port })).toEqual(['connect-failed', 'not-tried', 'not-tried']);
  });

  it('when a server speaks no TLS', async () => {
    const server = await startPopServer();
    expect(await stagesWith({ type: 'pop3', port: server.port })).toEqual(['done', 'tls-failed', 'not-tried']);
    await server.stop();
  });

  it.each<[string, Parameters<typeof startPopServer>[0], string]>([
    ['greets as others do', { greeting: 'HTTP/1.1 400 Bad Request\r\n\r\n' }, 'protocol-violated'],
    ['greets as IMAP servers do', { greeting: '* OK ready\r\n' }, 'protocol-violated'],
    ['takes nobody in', { greeting: '-ERR [SYS/TEMP] canary-subject-Kp3Vw\r\n' }, 'login-unavailable'],
    ['greets without end', { greeting: `+OK ${'x'.repeat(20_000)}` }, 'protocol-violated'],
  ])('when a server %s', async (_, script, kind) => {
    const server = await startPopServer(script);
    const stages = await stagesWith({ type: 'pop3', port: server.port, socketType: 'STARTTLS' });
    expect(stages).toEqual(['done', 'not-tried', kind]);
    expect(server.commands).toEqual([]);
    await server.stop();
  });

  it.each<[string, (socket: Socket) => void]>([
    ['refuses TLS', (socket) => socket.write('-ERR no\r\n')],
    ['says more in cleartext behind its word', (socket) => socket.write('+OK begin\r\n+OK you are in\r\n')],
    ['leaves', (socket) => socket.end('+OK begin\r\n')],
  ])('when a server that is to begin TLS %s', async (_, answer) => {
    const server = await startPopServer({
      answer: (_command, socket) => {
        answer(socket);
        return null;
      },
    });
    const stages = await stagesWith({ type: 'pop3', port: server.port, socketType: 'STARTTLS' });
    expect(stages).toEqual(['done', 'tls-failed', 'done']);
    expect(server.commands).toEqual(['STLS']);
    await server.stop();
  });
});

it('says to begin TLS as each protocol has it, and nothing else', async () => {
  const server = await startImapServer({ answer: () => '* CAPABILITY IMAP4rev1\r\n$ NO not here\r\n' });
  const { port } = new URL(server.caller().mailServer);
  stage.publish('polite.example', [{ type: 'imap', hostname: 'localhost', port, socketType: 'STARTTLS' }]);
  const { candidates } = await stage.discover({ email: 'ada@polite.example', password: canaryPassword });
  expect(candidates.imap[0]?.verified).toMatchObject({ greeting: { outcome: 'done' }, tls: { outcome: 'failed' } });
  expect(server.commands).toEqual(['STARTTLS']);
  await server.stop();
});
