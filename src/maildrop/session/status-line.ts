/**
 * What does a server's status line say?
 *
 * +OK, or -ERR with a reason; anything else is no POP3 (RFC 1939 §3).
 */
import { Failed } from '../../core/failure.ts';
import { type ResponseCode, responseCodeFrom } from '../../core/response-code.ts';

/** The server said -ERR. `text` may quote what the user sent: it never leaves this folder. */
export class Refused extends Error {
  readonly command: string;
  /** RFC 2449 §8, such as `IN-USE` or `SYS/TEMP`; null when there is none that we know. */
  readonly responseCode: ResponseCode | null;
  readonly text: string;

  constructor(command: string, text: string) {
    super(`${command} refused`);
    this.command = command;
    this.text = text;
    this.responseCode = responseCodeFrom(/^\[([A-Za-z0-9/._-]{1,40})\]/.exec(text)?.[1] ?? '');
  }
}

/** What follows +OK in a status line. Throws Refused for -ERR. */
export function judged(command: string, line: string): string {
  if (/^\+OK\b/i.test(line)) return line.slice(4);
  if (/^-ERR\b/i.test(line)) throw new Refused(command, line.slice(5));
  throw new Failed({ kind: 'protocol-violated', detail: 'A reply begins with neither +OK nor -ERR.' });
}
