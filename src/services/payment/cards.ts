import { PaymentMethod } from '../../../gen/tradewind/payment/v1/payment.ts';
import { refusalOf, type Answer } from '../../chassis/outbound/index.ts';
import type { Database, Queryable } from '../../chassis/store/index.ts';
import type { PaymentMethodId } from './domain.ts';
import type { MethodRepository } from './method-repository.ts';
import type { CardAnswer, ProviderClient } from './provider-client.ts';
import { cardRefused } from './refusals.ts';
import type { StoredMethod } from './rows.ts';
import { methodMessage } from './wire.ts';

/** A card's answer as it is stored. */
export type CardReply = Answer<ReturnType<typeof PaymentMethod.toJSON>>;

/** What becomes of cards at the provider is written down here. */
export interface Cards {
  /** Records what the provider said to the card, once; returns what callers hear. */
  record(id: PaymentMethodId, said: CardAnswer): Promise<CardReply>;
  /** Tells the provider to forget a card that is deleted here. UNAVAILABLE (PROVIDER_UNAVAILABLE) when it cannot be told. */
  forget(method: StoredMethod): Promise<void>;
}

/** Binds cards to their store and the provider. */
export function createCards(options: {
  readonly database: Database;
  readonly methods: MethodRepository;
  readonly provider: ProviderClient;
}): Cards {
  const { database, methods, provider } = options;

  async function keep(tx: Queryable, method: StoredMethod, said: Extract<CardAnswer, { type: 'kept' }>) {
    const isDefault = method.makeDefault || (await methods.defaultOf(tx, method.userId)) === undefined;
    const kept = { token: said.token, brand: said.brand, last4: said.last4, isDefault };
    const answer = { ok: PaymentMethod.toJSON(methodMessage({ ...method, ...kept })) };
    await methods.keep(tx, method, { ...kept, answer });
    return answer;
  }

  return {
    record: (id, said) =>
      database.transaction(async (tx) => {
        const found = await methods.get(tx, id);
        if (found === undefined) throw new Error(`the payment method ${id} was never begun`);
        await methods.lockCardsOf(tx, found.userId);
        const method = await methods.lock(tx, id);
        if (method?.answer !== undefined) return method.answer as CardReply; // written below alone
        if (said.type === 'kept') return keep(tx, method ?? found, said);
        const answer = { refusal: refusalOf(cardRefused(said.code)) };
        await methods.refuse(tx, id, answer);
        return answer;
      }),

    async forget(method) {
      await provider.forgetCard({ key: `forget-${method.id}`, token: method.token });
      await methods.forget(database, method.id);
    },
  };
}
