/**
 * `npm run keys`: makes a key for CAPSULE_KEYS.
 *
 * Plain JavaScript for Node 20 without any package. The id is the day it was made, so that an operator who rotates keys
 * sees which one is old.
 */
import { randomBytes } from 'node:crypto';

const id = new Date().toISOString().slice(0, 10);
console.log(`${id}:${randomBytes(32).toString('base64url')}`);
