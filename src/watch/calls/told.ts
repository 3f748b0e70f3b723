/**
 * What is told of a subscription to whoever may see it?
 *
 * Neither its signing secrets nor its credential.
 */
import type { ToldSubscription } from '../answers.ts';
import type { KeptSubscription } from '../store/watch-store.ts';
import type { Parts } from './parts.ts';

export async function toldOf({ store, looks }: Parts, { subscription }: KeptSubscription): Promise<ToldSubscription> {
  const { secrets: _secrets, credentialId, access: _access, ...told } = subscription;
  const credential = (await store.credentials()).find(({ id }) => id === credentialId);
  const trouble = credential?.trouble ?? null;
  return {
    ...told,
    lookedAtMs: credentialId === null ? null : looks.lookedWith(credentialId),
    nextLookMs: subscription.status === 'active' && credential !== undefined ? looks.nextWith(credential) : null,
    trouble: trouble === null ? null : { reason: trouble.reason, sinceMs: trouble.sinceMs },
    ...store.counts(subscription.id),
  };
}
