import { z } from 'zod';

import type { Events } from '../../chassis/core/index.ts';
import { createHttpExchange, type HttpExchangeEvents, type HttpExchangeOptions } from '../../chassis/outbound/index.ts';
import type { Address, CarrierNews, ServiceLevel } from './domain.ts';

/** How the carrier is reached. */
export type CarrierClientOptions = Omit<HttpExchangeOptions, 'name' | 'unavailableReason'>;

/** What the carrier said to a parcel. */
export type ArrangementAnswer =
  | {
      readonly type: 'accepted';
      readonly carrier: string;
      readonly carrierReference: string;
      readonly trackingNumber: string;
      readonly estimatedDeliveryTime: Date | undefined;
      readonly at: Date;
    }
  | { readonly type: 'refused'; readonly code: string };

/** What the carrier said to a cancellation. `at` undefined: it was cancelled before, no word of when. */
export type CancellationAnswer =
  { readonly type: 'cancelled'; readonly at: Date | undefined } | { readonly type: 'too-late' };

/** What the carrier said to a change of a parcel. */
export type AmendmentAnswer =
  { readonly type: 'amended'; readonly at: Date } | { readonly type: 'too-late' } | { readonly type: 'cancelled' };

/** A parcel as the carrier hears of it. */
export interface ParcelRequest {
  /** The Idempotency-Key: asked again under it, it happens once and is answered as before. */
  readonly key: string;
  readonly reference: string;
  readonly serviceLevel: ServiceLevel;
  readonly weightGrams: number;
  readonly address: Address;
}

/**
 * The carrier, as this process sees it. Every method throws AppError UNAVAILABLE (CARRIER_UNAVAILABLE, with RetryInfo)
 * when there is no answer or only "later", and whether it happened is then unknown; a reply that the carrier's
 * documentation does not have is an Error. No retries here: the caller of the RPC repeats it, the reconciler and the
 * tracker what nobody repeats.
 */
export interface CarrierClient {
  readonly events: Events<HttpExchangeEvents>;
  arrange(parcel: ParcelRequest): Promise<ArrangementAnswer>;
  cancel(request: { readonly key: string; readonly carrierReference: string }): Promise<CancellationAnswer>;
  /** Tells it what the parcel weighs now that pieces were taken out; 0: not known. */
  amend(request: {
    readonly key: string;
    readonly carrierReference: string;
    readonly weightGrams: number;
  }): Promise<AmendmentAnswer>;
  /** What its list says after a place in it, in order; the carrier bounds how much at once. */
  newsAfter(carrierReference: string, sequence: bigint): Promise<readonly CarrierNews[]>;
  /**
   * The same of many shipments, 100 at most, in one question; a shipment without news has an empty list, and one whose
   * part of the answer is none of the documentation's has an Error.
   */
  newsOfMany(
    asked: readonly { readonly carrierReference: string; readonly sequence: bigint }[],
  ): Promise<readonly (readonly CarrierNews[] | Error)[]>;
  /** Lets go of its connections. */
  close(): void;
}

const instant = z.iso.datetime().transform((text) => new Date(text));
const shipment = z.object({
  id: z.string().min(1),
  carrier: z.string().min(1),
  trackingNumber: z.string().min(1),
  createdAt: instant,
  estimatedDeliveryAt: instant.optional(),
  cancelledAt: instant.optional(),
  amendedAt: instant.optional(),
});
const eventList = z
  .array(
    z.object({
      sequence: z.int().min(1),
      status: z.enum([
        'CREATED',
        'PICKED_UP',
        'IN_TRANSIT',
        'OUT_FOR_DELIVERY',
        'DELIVERED',
        'RETURNED',
        'LOST',
        'CANCELLED',
      ]),
      description: z.string(),
      location: z.string(),
      occurredAt: instant,
    }),
  )
  .transform((events) =>
    events.map(({ sequence, status, description, location, occurredAt }): CarrierNews => ({
      sequence: BigInt(sequence),
      state: status === 'CREATED' ? 'ARRANGED' : status,
      description,
      location,
      occurTime: occurredAt,
    })),
  );
const eventPage = z.object({ events: eventList });
const newsPage = z.object({
  shipments: z.array(z.object({ id: z.string(), events: z.unknown() })),
  unknown: z.array(z.string()),
});

/** Makes the client. It keeps its connections between requests. */
export function createCarrierClient(options: CarrierClientOptions): CarrierClient {
  const { send, events, close } = createHttpExchange({
    ...options,
    name: 'the carrier',
    unavailableReason: 'CARRIER_UNAVAILABLE',
  });

  return {
    events,
    close,
    async arrange({ key, reference, serviceLevel, weightGrams, address }) {
      const { region, ...rest } = address;
      const body = {
        reference,
        service: serviceLevel === 'EXPRESS' ? 'express' : 'standard',
        weightGrams,
        address: region === '' ? rest : { ...rest, region },
      };
      const reply = await send({ method: 'POST', path: '/v1/shipments', key, body });
      if (reply.code === 'ADDRESS_REFUSED')
        return { type: 'refused', code: reply.facts['refusalCode'] || 'address_refused' };
      const { id, carrier, trackingNumber, estimatedDeliveryAt, createdAt } = reply.parse(shipment);
      const estimatedDeliveryTime = estimatedDeliveryAt;
      return { type: 'accepted', carrier, carrierReference: id, trackingNumber, estimatedDeliveryTime, at: createdAt };
    },
    async cancel({ key, carrierReference }) {
      const path = `/v1/shipments/${encodeURIComponent(carrierReference)}/cancel`;
      const reply = await send({ method: 'POST', path, key, body: {} });
      if (reply.code === 'SHIPMENT_PICKED_UP') return { type: 'too-late' };
      if (reply.code === 'SHIPMENT_CANCELLED') return { type: 'cancelled', at: undefined };
      return { type: 'cancelled', at: reply.parse(shipment).cancelledAt };
    },
    async amend({ key, carrierReference, weightGrams }) {
      const path = `/v1/shipments/${encodeURIComponent(carrierReference)}/amend`;
      const reply = await send({ method: 'POST', path, key, body: { weightGrams } });
      if (reply.code === 'SHIPMENT_PICKED_UP') return { type: 'too-late' };
      if (reply.code === 'SHIPMENT_CANCELLED') return { type: 'cancelled' };
      const { amendedAt, createdAt } = reply.parse(shipment);
      return { type: 'amended', at: amendedAt ?? createdAt };
    },
    async newsAfter(carrierReference, sequence) {
      const path = `/v1/shipments/${encodeURIComponent(carrierReference)}/events?after=${sequence}`;
      return (await send({ method: 'GET', path })).parse(eventPage).events;
    },
    async newsOfMany(asked) {
      const shipments = asked.map(({ carrierReference: id, sequence }) => ({ id, after: Number(sequence) }));
      const reply = await send({ method: 'POST', path: '/v1/tracking', body: { shipments } });
      const { shipments: told, unknown } = reply.parse(newsPage);
      const lists = new Map(told.map(({ id, events: list }) => [id, list]));
      const strangers = new Set(unknown);
      return asked.map(({ carrierReference: id }) => {
        if (strangers.has(id)) return new Error(`the carrier knows no shipment ${id}`);
        const { data, error } = eventList.safeParse(lists.get(id) ?? []);
        return data ?? new Error(`the carrier's list of ${id} is none`, { cause: error });
      });
    },
  };
}
