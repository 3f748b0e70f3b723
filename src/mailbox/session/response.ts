/**
 * What does a response code say? (RFC 9051 §7.1)
 *
 * imapflow hands out the bracketed part of OK, NO and BAD as nested tokens. Pure; whatever does not fit is null.
 */
import { limits } from '../../core/limits.ts';
import { type ResponseCode, responseCodeFrom } from '../../core/response-code.ts';
import type { MessageName, Uid } from '../answers.ts';

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

const member = (value: unknown, name: string): unknown => (isObject(value) ? Reflect.get(value, name) : undefined);

/** The texts between the brackets, `['COPYUID', '17', '3', '9']`; empty when there are no brackets. */
export function responseCodeTexts(response: unknown): readonly string[] {
  const attributes = member(response, 'attributes');
  const section = member(Array.isArray(attributes) ? attributes[0] : undefined, 'section');
  if (!Array.isArray(section)) return [];
  return section.map((token) => {
    const value = member(token, 'value');
    return typeof value === 'string' ? value : '';
  });
}

/** The code alone; null when there is none that we know. */
export const responseCodeOf = (response: unknown): ResponseCode | null =>
  responseCodeFrom(responseCodeTexts(response)[0] ?? '');

/** Where this message is now, that was copied or moved by itself (COPYUID, RFC 4315 §3). */
export const copiedMessageOf = (response: unknown, uid: Uid): MessageName | null =>
  copiedMessagesOf(response).get(uid) ?? null;

/**
 * Where each message of a set is now that was copied or moved: the two sets of COPYUID name them in the same order. Empty when
 * they do not fit each other, or name one message twice.
 */
export function copiedMessagesOf(response: unknown): ReadonlyMap<Uid, MessageName> {
  const [code, uidValidity, from = '', to = ''] = responseCodeTexts(response);
  if (code?.toUpperCase() !== 'COPYUID' || !isNumber(uidValidity)) return new Map();
  const [sources, copies] = [uidsIn(from), uidsIn(to)];
  const isTwice = (uids: readonly Uid[]): boolean => new Set(uids).size !== uids.length;
  if (sources.length !== copies.length || isTwice(sources) || isTwice(copies)) return new Map();
  return new Map(sources.map((uid, at) => [uid, { uidValidity: Number(uidValidity), uid: copies[at] ?? uid }]));
}

/** `304,319:320`, spelled out; none when it is no set, or one of more than anybody has asked for. */
function uidsIn(set: string): Uid[] {
  const uids: Uid[] = [];
  for (const range of set.split(',')) {
    const [, one = '', other = one] = /^([1-9]\d{0,9})(?::([1-9]\d{0,9}))?$/.exec(range) ?? [];
    const [first, last] = [Math.min(Number(one), Number(other)), Math.max(Number(one), Number(other))];
    if (!isNumber(one) || !isNumber(other) || uids.length + last - first >= limits.batchMessages) return [];
    for (let uid = first; uid <= last; uid++) uids.push(uid as Uid);
  }
  return uids;
}

/** Where the message is that was added (APPENDUID, RFC 4315 §3). */
export function appendedMessageOf(response: unknown): MessageName | null {
  const [code, uidValidity, uid] = responseCodeTexts(response);
  if (code?.toUpperCase() !== 'APPENDUID' || !isNumber(uidValidity) || !isNumber(uid)) return null;
  return { uidValidity: Number(uidValidity), uid: Number(uid) as Uid };
}

/** RFC 9051 §9, `nz-number` */
const isNumber = (text: string | undefined): text is string =>
  text !== undefined && /^[1-9]\d{0,9}$/.test(text) && Number(text) <= 0xffffffff;
