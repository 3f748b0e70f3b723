/**
 * Who has called how often lately? One Durable Object for each key and each account, so that the count is exact.
 *
 * In memory alone. A bucket is empty after `perSeconds` at the latest, and so long the object stays; when it is lost before, by a deploy
 * or a crash, the limit begins anew, once.
 */
import { DurableObject } from 'cloudflare:workers';
import { type Count, emptyBucket, poured, type Rate } from '../core/rate.ts';

export class RateMeter extends DurableObject {
  #bucket = emptyBucket;
  #stay: ReturnType<typeof setTimeout> | undefined;

  /** Counts one request. `rate` is the same at each call: it is in the object's name. */
  count(rate: Rate): Count {
    const { bucket, count } = poured(rate, this.#bucket, Date.now());
    this.#bucket = bucket;
    clearTimeout(this.#stay);
    // An idle object is dropped after ten seconds, unless it waits for something.
    this.#stay = setTimeout(() => {}, count.resetMs);
    return count;
  }
}
