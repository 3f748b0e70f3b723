/**
 * Parts of messages as tests need them: a type, a number, and whatever else matters.
 */
import type { MimePart } from '../../../src/core/mime/part.ts';

export const leaf = (type: string, partId = '1', more: Partial<MimePart> = {}): MimePart => ({
  partId,
  type,
  charset: null,
  name: null,
  disposition: null,
  cid: null,
  encoding: '7bit',
  encodedSize: 0,
  children: [],
  ...more,
});
export const multi = (subtype: string, ...children: MimePart[]): MimePart =>
  leaf(`multipart/${subtype}`, '', { children });
