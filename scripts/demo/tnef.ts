/**
 * What does Outlook send to somebody who has no Outlook? (winmail.dat, MS-OXTNEF)
 *
 * A stream of attributes: of the message, then of each file in turn. As small as Outlook's, without the properties that only
 * Outlook knows.
 */
import { Buffer } from 'node:buffer';

export interface TnefFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

const ofMessage = 1;
const ofFile = 2;

/** MS-OXTNEF §2.1.3.4 */
const attributes = {
  subject: 0x00018004,
  messageClass: 0x00078008,
  tnefVersion: 0x00089006,
  oemCodepage: 0x00069007,
  fileRendering: 0x00069002,
  fileTitle: 0x00018010,
  fileData: 0x0006800f,
} as const;

export function winmailDat(subject: string, files: readonly TnefFile[]): Buffer {
  const signature = Buffer.from([0x78, 0x9f, 0x3e, 0x22, 0x01, 0x00]);
  return Buffer.concat([
    signature,
    attribute(ofMessage, attributes.tnefVersion, Buffer.from([0, 0, 1, 0])),
    attribute(ofMessage, attributes.oemCodepage, Buffer.from([0xe4, 0x04, 0, 0, 0, 0, 0, 0])),
    attribute(ofMessage, attributes.messageClass, text('IPM.Microsoft Mail.Note')),
    attribute(ofMessage, attributes.subject, text(subject)),
    ...files.flatMap(({ name, bytes }) => [
      attribute(ofFile, attributes.fileRendering, Buffer.alloc(14)),
      attribute(ofFile, attributes.fileTitle, text(name)),
      attribute(ofFile, attributes.fileData, bytes),
    ]),
  ]);
}

const text = (value: string): Buffer => Buffer.from(`${value}\0`, 'latin1');

function attribute(level: number, id: number, data: Uint8Array): Buffer {
  const head = Buffer.alloc(9);
  head.writeUInt8(level, 0);
  head.writeUInt32LE(id, 1);
  head.writeUInt32LE(data.length, 5);
  const checksum = Buffer.alloc(2);
  checksum.writeUInt16LE(data.reduce((sum, byte) => (sum + byte) & 0xffff, 0));
  return Buffer.concat([head, data, checksum]);
}
