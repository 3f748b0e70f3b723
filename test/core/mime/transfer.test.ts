import { describe, expect, it } from 'vitest';
import { counterFor, decoderFor, decodeTransfer, transferDecoder } from '../../../src/core/mime/transfer.ts';
import { chunksOf, randomBytes, seeded } from './random-mail.ts';

const latin1 = (text: string): Uint8Array => Buffer.from(text, 'latin1');
const decoded = (text: string, encoding: string): string =>
  Buffer.from(decodeTransfer(latin1(text), encoding)).toString('latin1');
const pushed = (chunks: readonly Uint8Array[], encoding: string): string => {
  const decoder = decoderFor(encoding);
  return Buffer.concat([...chunks.map((chunk) => decoder.push(chunk)), decoder.flush()]).toString('latin1');
};
const counted = (chunks: readonly Uint8Array[], encoding: string): number => {
  const counter = counterFor(encoding);
  for (const chunk of chunks) counter.push(chunk);
  return counter.total();
};

describe('base64', () => {
  it.each([
    ['without padding', 'aGVsbG8', 'hello'],
    ['with white space and junk anywhere', ' a\r\nGV-_!s\tbG8 =\r\n', 'hello'],
    ['of two texts one after the other', 'aGVsbG8=IHlvdQ==', 'hello you'],
    ['with too much padding', 'aGk=====aGk=', 'hihi'],
    ['cut inside a group', 'aGVsbG8g d', 'hello '],
    ['of nothing', '', ''],
    ['of nothing but padding', '====', ''],
    ['of every byte value', Buffer.from(Array.from({ length: 256 }, (_, i) => i)).toString('base64'), byteRow()],
  ])('decodes a text %s', (_, encoded, expected) => {
    expect(decoded(encoded, 'base64')).toBe(expected);
  });
});

function byteRow(): string {
  return String.fromCharCode(...Array.from({ length: 256 }, (_, i) => i));
}

describe('quoted-printable', () => {
  it.each([
    ['joins lines at soft breaks', 'one=\r\n two=\n three= \t\r\nfour', 'one two threefour'],
    ['removes white space before line ends', 'one \t\r\ntwo  \nthree ', 'one\r\ntwo\nthree'],
    ['keeps white space that is encoded', 'one=20\r\ntwo =\r\n', 'one \r\ntwo '],
    ['keeps line ends as they are', 'a\nb\r\nc\rd \re', 'a\nb\r\nc\rd \re'],
    ['keeps what is no escape', '=ZZ = =4 =\rx 1=1', '=ZZ = =4 =\rx 1=1'],
    ['keeps bytes with the eighth bit', '\xe9=E9=e9', '\xe9\xe9\xe9'],
    ['takes a last soft break as one', 'one=', 'one'],
  ])('%s', (_, encoded, expected) => {
    expect(decoded(encoded, 'quoted-printable')).toBe(expected);
  });

  it('leaves half an escape away when the bytes are cut', () => {
    expect(Buffer.from(decodeTransfer(latin1('caf=C3=A'), 'quoted-printable', true)).toString('latin1')).toBe(
      'caf\xc3',
    );
  });

  it('holds no more than one line of white space, however much comes', () => {
    const decoder = decoderFor('quoted-printable');
    const block = latin1(' '.repeat(100_000));
    const length = Array.from({ length: 10 }, () => decoder.push(block).length).reduce((sum, each) => sum + each, 0);
    expect(length).toBeGreaterThan(990_000);
  });
});

describe('any encoding', () => {
  it.each([1, 1023, 1024, 1025, 2049])(
    'gives the same bytes of %i octets of white space, however they are cut',
    (count) => {
      const random = seeded(count);
      for (const before of ['x', '=', '=4', 'a\r']) {
        for (const behind of ['\r\n', '\n', '\rx', 'y', '=\r\nz', '']) {
          const text = `${before}${' '.repeat(count)}${behind}`;
          const whole = decoded(text, 'quoted-printable');
          for (const size of [() => 1, () => 700, () => 1 + Math.floor(random() * 1500)]) {
            const chunks = chunksOf(latin1(text), size);
            expect(pushed(chunks, 'quoted-printable'), JSON.stringify([before, behind])).toBe(whole);
          }
        }
      }
    },
  );

  it('gives the same bytes, and counts them the same, however the input is cut', () => {
    const random = seeded(7);
    const alphabet = 'Ab1/+= \t\r\n=\r\n=3D=\xe9';
    for (let round = 0; round < 400; round++) {
      const text = Array.from({ length: Math.floor(random() * 60) }, () =>
        alphabet.charAt(Math.floor(random() * alphabet.length)),
      ).join('');
      for (const encoding of ['base64', 'quoted-printable', '8bit']) {
        const whole = decoded(text, encoding);
        for (const size of [() => 1, () => 1 + Math.floor(random() * 7)]) {
          const chunks = chunksOf(latin1(text), size);
          expect(pushed(chunks, encoding)).toBe(whole);
          expect(counted(chunks, encoding)).toBe(whole.length);
        }
      }
    }
  });

  it('decodes what Node encodes', () => {
    const bytes = randomBytes(seeded(3), 10_000);
    const lines = bytes.toString('base64').replace(/.{76}/g, '$&\r\n');
    expect(Buffer.from(decodeTransfer(latin1(lines), 'base64')).equals(bytes)).toBe(true);
  });

  it('decodes from stream to stream', async () => {
    const source = new Blob(['aGVsbG8g', 'eW91']).stream().pipeThrough(transferDecoder('base64'));
    expect(await new Response(source).text()).toBe('hello you');
  });

  it('passes through what it does not know', () => {
    expect(decoded('begin 644 x', 'x-uuencode')).toBe('begin 644 x');
  });
});
