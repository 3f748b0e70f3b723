/**
 * What are the things called that are made here, and what are new secrets?
 *
 * 128 random bits for what has to be told from others, and 256 for what has to be kept from others.
 */
import { base64url } from 'jose';

const random = (octets: number): Uint8Array<ArrayBuffer> => crypto.getRandomValues(new Uint8Array(octets));

export const newSubscriptionId = (): string => `sub_${base64url.encode(random(16))}`;

export const newCredentialId = (): string => `crd_${base64url.encode(random(16))}`;

/** As Standard Webhooks writes it: base64, with what it is in front. */
export const newSigningSecret = (): string => `whsec_${btoa(String.fromCharCode(...random(32)))}`;
