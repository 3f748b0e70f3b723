/**
 * How does a zip file end that holds more files than its end can count?
 *
 * APPNOTE.TXT §4.3.14 to §4.3.16: what does not fit into the end of the directory stands in a zip64 end before it. client-zip writes
 * that for sizes and offsets beyond 4 GB and not for 65,535 files and more, of which most readers would see the first 65,535.
 */
const signatures = { end: 0x06054b50, zip64End: 0x06064b50, zip64Locator: 0x07064b50 } as const;
const zip64EndBytes = 56;
const locatorBytes = 20;
/** 0xffff means that the zip64 end tells. */
const countableFiles = 0xffff;
const zip64Version = 45;

/** What has to stand before `end`, the last piece, when `before` is the one before it; null when nothing is missing. */
export function missingZip64End(before: Uint8Array, end: Uint8Array, files: number): Uint8Array | null {
  if (files < countableFiles || signatureOf(before) === signatures.zip64End) return null;
  if (signatureOf(end) !== signatures.end) throw new Error('A zip file that does not end with its end');
  const told = viewOf(end);
  const [size, offset] = [BigInt(told.getUint32(12, true)), BigInt(told.getUint32(16, true))];
  const view = new DataView(new ArrayBuffer(zip64EndBytes + locatorBytes));
  view.setUint32(0, signatures.zip64End, true);
  // Without these first 12 octets.
  view.setBigUint64(4, BigInt(zip64EndBytes - 12), true);
  view.setUint16(12, zip64Version, true);
  view.setUint16(14, zip64Version, true);
  view.setBigUint64(24, BigInt(files), true);
  view.setBigUint64(32, BigInt(files), true);
  view.setBigUint64(40, size, true);
  view.setBigUint64(48, offset, true);
  view.setUint32(zip64EndBytes, signatures.zip64Locator, true);
  view.setBigUint64(zip64EndBytes + 8, offset + size, true);
  // Of one volume.
  view.setUint32(zip64EndBytes + 16, 1, true);
  return new Uint8Array(view.buffer);
}

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
const signatureOf = (bytes: Uint8Array): number => (bytes.length < 4 ? 0 : viewOf(bytes).getUint32(0, true));
