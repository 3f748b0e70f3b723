/**
 * What can be asked of MIME?
 *
 * The front of this folder: IMAP has a tree and single parts and asks `bodyOf`; POP3 has a stream of the whole message and
 * asks `readEmail` and `openPart`.
 */
export { bodyOf, bodyPartOf, type PartBytes } from './body.ts';
export { type OpenPart, openPart, type ReadEmail, readEmail } from './read.ts';
