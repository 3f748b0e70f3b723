/**
 * Where does a mail server on this machine get a certificate that a client can verify?
 *
 * From a private authority made on the spot. Nothing here disables verification anywhere: the client is given the
 * authority's certificate to trust, as it would be for a company's own mail server.
 */

import { execFile } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface Certificates {
  /** To be trusted by clients. */
  readonly caFile: string;
  readonly certFile: string;
  readonly keyFile: string;
}

/** A year: longer than any demo runs, and short enough for clients that refuse long-lived certificates. */
const VALID_DAYS = 365;

/** Makes a certificate for `localhost` and 127.0.0.1, and the authority that signed it, in `directory`. */
export async function makeCertificates(directory: string): Promise<Certificates> {
  const caFile = join(directory, 'ca.pem');
  const caKeyFile = join(directory, 'ca-key.pem');
  const certFile = join(directory, 'cert.pem');
  const keyFile = join(directory, 'key.pem');
  await selfSign(caFile, caKeyFile, '/CN=Postern demo authority', [
    ['basicConstraints', 'critical,CA:TRUE,pathlen:0'],
    ['keyUsage', 'critical,keyCertSign,cRLSign'],
  ]);
  await selfSign(
    certFile,
    keyFile,
    '/CN=localhost',
    [
      ['basicConstraints', 'critical,CA:FALSE'],
      ['keyUsage', 'critical,digitalSignature'],
      ['extendedKeyUsage', 'serverAuth'],
      ['subjectAltName', 'DNS:localhost,IP:127.0.0.1'],
    ],
    ['-CA', caFile, '-CAkey', caKeyFile],
  );
  // Nothing else will be signed, and a key that does not exist can't be stolen from a machine that trusts it.
  await rm(caKeyFile);
  return { caFile, certFile, keyFile };
}

async function selfSign(
  certFile: string,
  keyFile: string,
  subject: string,
  extensions: readonly (readonly [string, string])[],
  signer: readonly string[] = [],
): Promise<void> {
  await run('openssl', [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-noenc', '-sha256'],
    ...['-days', String(VALID_DAYS), '-subj', subject, '-out', certFile, '-keyout', keyFile],
    // An empty configuration: the machine's own would add extensions of its choice.
    ...['-config', '/dev/null', ...signer],
    ...extensions.flatMap(([name, value]) => ['-addext', `${name}=${value}`]),
  ]);
}
