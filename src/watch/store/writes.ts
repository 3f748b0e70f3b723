/**
 * What does each change write?
 *
 * Whatever takes time, which is reading what is there, opening and sealing, is done before; what is returned is done in the transaction.
 */
import type { Change } from './change.ts';
import type { DeliveryRows } from './delivery-rows.ts';
import {
  eraseCredential,
  eraseSubscription,
  type Write,
  writeOfCredential,
  writeOfKnown,
  writeOfSubscription,
  writeReceiver,
} from './subscription-rows.ts';
import type { Vault } from './vault.ts';

export async function writeOf(sql: SqlStorage, deliveries: DeliveryRows, vault: Vault, change: Change): Promise<Write> {
  switch (change.kind) {
    case 'credential':
      return writeOfCredential(sql, vault, change.credential);
    case 'credential-erased':
      return () => eraseCredential(sql, change.id);
    case 'subscription':
      return writeOfSubscription(sql, vault, change.subscription);
    case 'subscription-erased':
      return () => eraseSubscription(sql, change.id);
    case 'known':
      return writeOfKnown(sql, vault, change);
    case 'receiver':
      return () => writeReceiver(sql, change.subscriptionId, change.receiver);
    case 'delivery-added':
      return deliveries.writeOfAdded(vault, change.delivery, change.atMs);
    case 'delivery-tried':
      return deliveries.writeOfTried(vault, change);
    case 'delivery-again':
      return deliveries.writeOfAgain(vault, change);
    case 'deliveries-cancelled':
      return () => deliveries.cancel(change.subscriptionId, change.atMs);
  }
}

/** What a change is about, so that nothing is written of what was erased meanwhile. */
export function idOf(change: Change): string | null {
  switch (change.kind) {
    case 'credential':
      return change.credential.id;
    case 'subscription':
      return change.subscription.id;
    case 'credential-erased':
    case 'subscription-erased':
      return change.id;
    case 'delivery-added':
      return change.delivery.subscriptionId;
    case 'delivery-tried':
    case 'delivery-again':
      // Their row is gone with the subscription.
      return null;
    case 'known':
    case 'receiver':
    case 'deliveries-cancelled':
      return change.subscriptionId;
  }
}
