import type { Database } from '../../chassis/store/index.ts';
import { transition, type PaymentId } from './domain.ts';
import { publishedEvent } from './events.ts';
import type { ProviderClient } from './provider-client.ts';
import type { PaymentRepository } from './repository.ts';

/** What a hold is looked up and written off with. */
export interface ExpireHoldOptions {
  readonly database: Database;
  readonly payments: PaymentRepository;
  readonly provider: Pick<ProviderClient, 'holds'>;
}

/** Books the end of a hold that the provider has let go of by itself; a hold that stands is left alone. */
export async function expireHold(
  { database, payments, provider }: ExpireHoldOptions,
  { id, providerReference }: { readonly id: PaymentId; readonly providerReference: string },
): Promise<void> {
  if (await provider.holds(providerReference)) return;
  await database.transaction(async (tx) => {
    const before = await payments.lock(tx, id);
    if (before?.state !== 'AUTHORIZED') return; // captured or voided meanwhile: that operation finds out for itself
    const expired = { type: 'hold-expired' } as const;
    const { payment, bookings } = transition(before, expired);
    const after = await payments.update(tx, { ...payment, lastEvent: before.lastEvent + 1n });
    await payments.book(tx, after, { bookings, operationId: undefined, reconciled: true });
    const event = publishedEvent(expired, after);
    if (event !== undefined) await payments.publish(tx, after, event);
  });
}
