/**
 * Is a server's answer to CAPA read as RFC 2449 writes it, and no more believed of it than can be one?
 */
import { expect, it } from 'vitest';
import { argumentsOf, capabilitiesIn, hasCapability } from '../../src/maildrop/session/capabilities.ts';

const rfcExample =
  'TOP\r\nUSER\r\nSASL CRAM-MD5 KERBEROS_V4\r\nRESP-CODES\r\nLOGIN-DELAY 900\r\nPIPELINING\r\nEXPIRE 60\r\nUIDL\r\nIMPLEMENTATION Shlemazle-Plotz-v302\r\n';

it('keeps each line as it is told, with its name in capitals', () => {
  expect(capabilitiesIn(rfcExample)).toEqual(rfcExample.split('\r\n').slice(0, -1));
  expect(capabilitiesIn('sasl  plain Login \r\n')).toEqual(['SASL plain Login']);
});

it('finds the arguments of one in any case, and tells none from not there', () => {
  const capabilities = capabilitiesIn('sasl plain Login\r\nTOP\r\n');
  expect(argumentsOf(capabilities, 'SASL')).toEqual(['PLAIN', 'LOGIN']);
  expect(argumentsOf(capabilities, 'TOP')).toEqual([]);
  expect(argumentsOf(capabilities, 'UIDL')).toBeNull();
  expect(hasCapability(capabilities, 'TO')).toBe(false);
});

it.each(['\x1b[31mTOP', 'TOP\0', 'caf\u00e9', ' TOP', `X ${'x'.repeat(600)}`, ''])('leaves %j out', (line) => {
  expect(capabilitiesIn(`${line}\r\nUIDL\r\n`)).toEqual(['UIDL']);
});

it('ends somewhere', () => {
  expect(capabilitiesIn('X\r\n'.repeat(10_000))).toHaveLength(100);
});
