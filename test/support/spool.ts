/**
 * A maildrop that nobody has emptied for long: many messages of about one size, the same ones in every run.
 */
import { letter } from './mail.ts';
import { seeded } from './random.ts';

const lineOf76 = /.{1,76}/g;

/** All different, from the first line of their text on. Each of about `octets`. */
export function* spool(count: number, octets: number): Generator<Uint8Array, void, undefined> {
  const head = letter('0', '').length;
  const text = seeded(octets).bytes(octets).toString('base64').replace(lineOf76, '$&\r\n');
  for (let index = 0; index < count; index++) {
    yield letter(`${index}`, `${text.slice(index % 71, octets - head)}\r\n`);
  }
}
