/**
 * What is kept of an event that is too large for a row?
 *
 * Somebody may send a message with a subject of a megabyte. Its event has to be kept all the same: what could not be written down would
 * be found again with each look, and nothing behind it would ever be told. So it loses the summary, all but the message's id; whoever
 * sends it knows by `ref` which message it is. Pure.
 */
import { limits } from '../../core/limits.ts';
import type { JsonObject, WatchEvent } from '../event.ts';

export function eventToKeep(event: WatchEvent): WatchEvent {
  if (octetsOf(event) <= limits.storedEventBytes) return event;
  const { message, ...data } = event.data;
  const id = typeof message === 'object' && message !== null && 'id' in message ? message['id'] : undefined;
  return { ...event, data: { ...data, message: { id } } };
}

/** Whether more is kept of the `message` of an event than its id. */
export const isSummaryKept = (message: JsonObject): boolean => Object.keys(message).length > 1;

const octetsOf = (event: WatchEvent): number => new TextEncoder().encode(JSON.stringify(event)).length;
