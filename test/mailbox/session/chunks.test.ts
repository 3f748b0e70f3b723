import { describe, expect, it } from 'vitest';
import { encodedBytes, isCut, isLast } from '../../../src/mailbox/session/chunks.ts';

describe('encodedBytes', () => {
  it.each([1, 57, 1000, 262_144])('is enough base64 for %i octets, line breaks included', (decoded) => {
    const lines = Buffer.alloc(decoded * 2)
      .toString('base64')
      .replace(/(.{76})/g, '$1\r\n');
    const fetched = lines.slice(0, encodedBytes(decoded, 'base64'));
    expect(Buffer.from(fetched, 'base64').length).toBeGreaterThanOrEqual(decoded);
  });

  it.each([1, 1000, 262_144])('is enough quoted-printable for %i octets of which each is escaped', (decoded) => {
    const lines = '=C3'.repeat(decoded * 2).replace(/((?:=C3){25})/g, '$1=\r\n');
    const fetched = lines.slice(0, encodedBytes(decoded, 'quoted-printable')).replaceAll('=\r\n', '');
    expect(Math.floor(fetched.length / 3)).toBeGreaterThanOrEqual(decoded);
  });

  it('fetches nothing for nothing', () => {
    expect(encodedBytes(0, '8bit')).toBe(0);
  });
});

describe('isCut', () => {
  it('is so when all that was asked for came and more was announced', () => expect(isCut(100, 100, 101)).toBe(true));
  it('is not when just that much was announced', () => expect(isCut(100, 100, 100)).toBe(false));
  it('believes the bytes when the server announced too much', () => expect(isCut(90, 100, 500)).toBe(false));
  it('is so when the server announced less than it sent', () => expect(isCut(100, 100, 7)).toBe(true));
  it('is so for a part that was not fetched at all', () => expect(isCut(0, 0, 5)).toBe(true));
  it('is not for an empty part', () => expect(isCut(0, 0, 0)).toBe(false));
});

describe('isLast', () => {
  const chunk = { asked: 100, received: 100, total: 100, announced: 100 };

  it('ends with a chunk that is short', () =>
    expect(isLast({ ...chunk, received: 50, total: 150, announced: 150 })).toBe(true));
  it('asks once more after a full chunk, since the size may be wrong', () => expect(isLast(chunk)).toBe(false));
  it('goes on past the announced size', () => expect(isLast({ ...chunk, total: 300 })).toBe(false));
  it('goes on after a short chunk while octets are missing', () =>
    expect(isLast({ ...chunk, received: 50, total: 50 })).toBe(false));
  it('ends with an empty chunk, whatever was announced', () =>
    expect(isLast({ ...chunk, received: 0, total: 50 })).toBe(true));
  it('ends at once for an empty message', () =>
    expect(isLast({ asked: 100, received: 0, total: 0, announced: 0 })).toBe(true));
});
