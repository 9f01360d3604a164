import type { Fault } from '../mutation/index.ts';
import type { JourneyName } from './journeys.ts';

/** What a merchant may ask for. */
export type CarrierAction = 'create' | 'amend' | 'cancel';

/** Why the carrier does not take a parcel. */
export type RefusalCode = 'address_unknown' | 'country_not_served';

/** A postal code of the stand-in and what comes of sending there. */
export interface TestAddress {
  /** For the README: what happens. */
  readonly does: string;
  readonly refusal?: RefusalCode;
  readonly faults?: Readonly<Partial<Record<CarrierAction, Fault>>>;
  /** What happens to the parcel on its way. Default: `delivered`. */
  readonly journey?: JourneyName;
}

const ALWAYS = Number.POSITIVE_INFINITY;

/**
 * The test addresses by postal code, in any country: none of these codes is in use anywhere we know of. All others are
 * delivered to. Faults count per Idempotency-Key (see `Fault`); "late" is the carrier's `lateMs`, 8 s by default.
 */
export const TEST_POSTAL_CODES: Readonly<Record<string, TestAddress>> = {
  '00000': { does: 'refused: 422 ADDRESS_REFUSED, address_unknown', refusal: 'address_unknown' },
  '00001': { does: 'arranged, but the first answer is lost: the connection is cut', faults: { create: 'reply-lost' } },
  '00002': { does: 'arranged at once, the answer comes late', faults: { create: 'late-reply' } },
  '00003': { does: 'arranged late, the answer too; unknown until then', faults: { create: 'late-effect' } },
  '00004': {
    does: 'the first try of a key gets 500 without effect, the next succeeds',
    faults: { create: { refuses: 500, times: 1 } },
  },
  '00005': { does: 'every try gets 503, for ever', faults: { create: { refuses: 503, times: ALWAYS } } },
  '00006': {
    does: 'cancelling gets 503 five times per key, then succeeds',
    faults: { cancel: { refuses: 503, times: 5 } },
  },
  '00007': { does: 'cancelling gets 503, for ever', faults: { cancel: { refuses: 503, times: ALWAYS } } },
  '00008': { does: 'the first attempt at delivery fails, the second succeeds', journey: 'delivered_at_second_attempt' },
  '00009': { does: 'nobody takes it in: it comes back', journey: 'returned' },
  '00010': { does: 'it gets lost', journey: 'lost' },
  '00011': { does: 'picked up at once: cancelling gets 409 SHIPMENT_PICKED_UP', journey: 'picked_up_at_once' },
  '00012': { does: 'changing it works, but the first answer is lost', faults: { amend: 'reply-lost' } },
  '00013': { does: 'changing it gets 503, for ever', faults: { amend: { refuses: 503, times: ALWAYS } } },
};

/** The countries the carrier does not go to, by ISO 3166-1: 422 ADDRESS_REFUSED, country_not_served. */
export const REFUSED_COUNTRIES: Readonly<Record<string, string>> = {
  AQ: 'Antarctica: no road',
  XX: 'no country has this code',
};

/** What comes of sending to a postal code in a country. */
export function testAddress(address: { readonly postalCode: string; readonly countryCode: string }): TestAddress {
  const country = REFUSED_COUNTRIES[address.countryCode];
  if (country !== undefined) return { does: country, refusal: 'country_not_served' };
  return TEST_POSTAL_CODES[address.postalCode] ?? { does: 'delivered' };
}
