/**
 * Does a mail server answer on this port?
 */

import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';

/** The first bytes a client sees on connecting, or undefined when there is no one to say them. */
export async function greetingOf(port: number, trustedCa?: string): Promise<string | undefined> {
  const address = { host: '127.0.0.1', port };
  // `servername` must not be an address, and the certificate is for localhost as well.
  const socket: Socket =
    trustedCa === undefined ? connect(address) : connectTls({ ...address, ca: trustedCa, servername: 'localhost' });
  try {
    socket.setEncoding('latin1');
    socket.setTimeout(5000, () => socket.destroy(new Error(`no greeting on port ${port}`)));
    const [text]: unknown[] = await Promise.race([once(socket, 'data'), once(socket, 'end')]);
    return typeof text === 'string' ? text : undefined;
  } catch (error) {
    // Not listening yet, or just gone: both are the answer 'no'. A certificate that does not verify is a defect.
    if (error instanceof Error && 'code' in error && (error.code === 'ECONNREFUSED' || error.code === 'ECONNRESET'))
      return;
    throw error;
  } finally {
    socket.destroy();
  }
}
