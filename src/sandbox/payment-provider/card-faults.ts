import { notFound } from '../http/index.ts';
import type { Fault } from '../mutation/index.ts';
import { isBehaviour, testCard, type PaymentAction, type TestCard } from './test-cards.ts';

/** What goes wrong on purpose, by card, as long as nobody has it mended. */
export interface CardFaults {
  /** Undefined: nothing. */
  of(card: TestCard | undefined, action: PaymentAction): Fault | undefined;
  /**
   * From now on and until the provider ends nothing goes wrong any more with this card, by its name in TEST_CARDS; what it
   * declines it declines as before. ApiError 404 TEST_CARD_UNKNOWN.
   */
  heal(name: string): void;
}

/** Everything goes wrong as the table of test cards says. */
export function createCardFaults(): CardFaults {
  const healed = new Set<TestCard>();
  return {
    of: (card, action) => (card === undefined || healed.has(card) ? undefined : card.faults?.[action]),
    heal(name) {
      if (!isBehaviour(name)) throw notFound('TEST_CARD_UNKNOWN', `no test card ${name}`);
      healed.add(testCard(name));
    },
  };
}
