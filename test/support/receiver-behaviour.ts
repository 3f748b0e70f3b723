/**
 * What may a receiver of webhooks do with a request?
 *
 * All that receivers do on a bad day, as answers of node:http and below it.
 */
import type { ServerResponse } from 'node:http';

export interface Behaviour {
  readonly name: string;
  /** Whether the sender is to take the event for delivered. */
  readonly isAcceptance: boolean;
  /** Called when the whole request has come. */
  readonly act: (response: ServerResponse) => void;
}

export function answering(status: number, headers: Readonly<Record<string, string>> = {}, body = ''): Behaviour {
  return {
    name: String(status),
    isAcceptance: status >= 200 && status < 300,
    act: (response) => void response.writeHead(status, headers).end(body),
  };
}

export const accepting = answering(204);

const failing = (name: string, act: Behaviour['act']): Behaviour => ({ name, isAcceptance: false, act });

/** Until the sender gives up. */
export const silent = failing('silence', () => undefined);

/** The connection is reset: before the answer, in the middle of its header fields, or of its body. */
export function resetting(where: 'before' | 'headers' | 'body'): Behaviour {
  return failing(`reset ${where}`, ({ socket }) => {
    const begun = { before: '', headers: 'HTTP/1.1 200 OK\r\nContent-', body: bodyOf(1000, 'the beginning') }[where];
    if (begun === '') socket?.resetAndDestroy();
    // A reset throws away what has not left yet.
    else socket?.write(begun, () => socket.resetAndDestroy());
  });
}

const bodyOf = (length: number, beginning: string): string =>
  `HTTP/1.1 200 OK\r\nContent-Length: ${length}\r\n\r\n${beginning}`;

/** Accepts, and goes on talking for ever. */
export const endless: Behaviour = {
  name: 'endless',
  isAcceptance: true,
  act: (response) => pour(response.writeHead(200)),
};

function pour(response: ServerResponse): void {
  while (!response.destroyed && response.write('x'.repeat(16_384)));
  if (!response.destroyed) response.once('drain', () => pour(response));
}

/** An octet of the answer's head at a time, so that it never is late and never comes to an end. */
export function trickling(everyMs: number): Behaviour {
  return failing('trickle', ({ socket }) => {
    socket?.write('HTTP/1.1 200 OK\r\nX-Slow: ');
    const timer = setInterval(() => socket?.write('x'), everyMs);
    socket?.once('close', () => clearInterval(timer));
  });
}

/** As the other, but not before something has happened. */
export function after(happened: Promise<unknown>, behaviour: Behaviour): Behaviour {
  return {
    ...behaviour,
    act: (response) => void happened.then(() => response.destroyed || behaviour.act(response)),
  };
}

/** Octets as they are, in the place of an answer of node:http. */
export const saying = (octets: string, isAcceptance: boolean): Behaviour => ({
  name: 'octets',
  isAcceptance,
  act: ({ socket }) => void socket?.end(octets, 'latin1'),
});
