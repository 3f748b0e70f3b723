/**
 * Does the password ever leave without TLS that is what it says it is?
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeCertificates } from '../../scripts/mail-server/certificates.ts';
import { ProblemSchema } from '../../src/http/problems.ts';
import { MaildropPageSchema } from '../../src/maildrop/schema/message.ts';
import { letter } from '../support/mail.ts';
import { type AnswerTo, type PopScript, type PopServer, startPopServer } from '../support/pop-script.ts';
import { type Caller, type Postern, startPostern } from '../support/postern.ts';

let trusting: Postern;
let distrusting: Postern;
let certificate: { key: string; cert: string };
beforeAll(async () => {
  const directory = await mkdtemp(join(tmpdir(), 'postern-certificates-'));
  const { caFile, certFile, keyFile } = await makeCertificates(directory);
  const [ca, cert, key] = await Promise.all([caFile, certFile, keyFile].map((file) => readFile(file, 'utf8')));
  await rm(directory, { recursive: true });
  certificate = { key: key ?? '', cert: cert ?? '' };
  [trusting, distrusting] = await Promise.all([startPostern({ trustedCertificates: [ca ?? ''] }), startPostern({})]);
});
afterAll(async () => {
  await trusting.stop();
  await distrusting.stop();
});

const list = '/v1/pop/messages';
const secrets = ({ commands }: PopServer) => commands.filter((command) => /^(USER|PASS|AUTH|APOP)/.test(command));

async function withServer(script: PopScript, use: (server: PopServer) => Promise<void>): Promise<void> {
  const server = await startPopServer({ messages: [{ uidl: 'a', bytes: letter('tls') }], certificate, ...script });
  try {
    await use(server);
  } finally {
    await server.stop();
  }
}

const byStls = (server: PopServer, host = 'localhost') => server.caller(`pop3://${host}:${server.port}`);
const byTls = (server: PopServer, host = 'localhost') => server.caller(`pop3s://${host}:${server.port}`);

it('logs in after STLS, and sends nothing but STLS before it', async () => {
  await withServer({}, async (server) => {
    expect((await trusting.json(MaildropPageSchema, byStls(server), list)).total).toBe(1);
    // What it can do is asked only where nobody else can answer.
    expect(server.commands.slice(0, 2)).toEqual(['STLS', 'CAPA']);
    expect(secrets(server)).toHaveLength(2);
  });
});

it.each(['-ERR not here\r\n', '-ERR [SYS/TEMP] not now\r\n'])(
  'gives up when STLS is refused with %j',
  async (refusal) => {
    const answer: AnswerTo = (command) => (command === 'STLS' ? refusal : undefined);
    await withServer({ answer }, async (server) => {
      expect((await trusting.problem('tls-failed', byStls(server), list)).status).toBe(502);
      expect(server.commands).toEqual(['STLS']);
    });
  },
);

it('believes nothing that came in cleartext behind the answer to STLS', async () => {
  const answer: AnswerTo = (command) => (command === 'STLS' ? '+OK begin\r\n+OK user\r\n+OK welcome\r\n' : undefined);
  await withServer({ answer }, async (server) => {
    await trusting.problem('tls-failed', byStls(server), list);
    expect(secrets(server)).toEqual([]);
  });
});

it('gives up when the server speaks on in cleartext after STLS', async () => {
  const answer: AnswerTo = (command, socket) => {
    if (command !== 'STLS') return undefined;
    socket.write('+OK begin\r\n');
    // In answer to the first bytes of the handshake.
    socket.once('data', () => socket.end('-ERR what?\r\n'));
    return null;
  };
  await withServer({ answer }, async (server) => {
    await trusting.problem('tls-failed', byStls(server), list);
    expect(secrets(server)).toEqual([]);
  });
});

describe.each([
  ['implicit TLS', true],
  ['STLS', false],
] as const)('by %s', (_name, implicitTls) => {
  // From the first byte on, the runtime does not tell a certificate that it refuses from a server that is not there.
  const refused = implicitTls ? '502 /problems/connect-failed' : '502 /problems/tls-failed';
  const kindOf = async (postern: Postern, caller: Caller): Promise<string> => {
    const response = await postern.call(caller, list);
    return `${response.status} ${ProblemSchema.parse(await response.json()).type}`;
  };
  const caller = (server: PopServer, host?: string) => (implicitTls ? byTls(server, host) : byStls(server, host));

  it('sends no password to a server whose certificate nobody vouches for', async () => {
    await withServer({ implicitTls }, async (server) => {
      expect(await kindOf(distrusting, caller(server))).toBe(refused);
      expect(secrets(server)).toEqual([]);
    });
  });

  it('sends no password to a server whose certificate is for another name', async () => {
    await withServer({ implicitTls, address: '127.0.0.2' }, async (server) => {
      expect(await kindOf(trusting, caller(server, '127.0.0.2'))).toBe(refused);
      expect(server.connections).toBe(1);
      expect(secrets(server)).toEqual([]);
    });
  });
});

it('sends no password to a server that speaks cleartext where TLS was asked for', async () => {
  await withServer({}, async (server) => {
    const { status } = await trusting.call(byTls(server), list);
    expect(status).toBe(502);
    expect(secrets(server)).toEqual([]);
  });
});
