import { z } from 'zod';

import { invalidRequest, notFound, queryInteger, type Route } from '../http/index.ts';
import { fingerprintOf, requiredIdempotencyKey, type RecordedApiTools } from '../mutation/index.ts';
import {
  amendShipment,
  cancelShipment,
  createShipment,
  isFinal,
  statusOf,
  trackingEvents,
  type CarrierEvent,
  type Shipment,
} from './shipment.ts';
import type { ShipmentBook } from './shipment-book.ts';
import { testAddress } from './test-addresses.ts';

/** What the routes work on. */
export interface CarrierRoutesOptions extends RecordedApiTools<CarrierEvent> {
  readonly book: ShipmentBook;
  /** How long an hour of a journey takes, in milliseconds. */
  readonly hourMs: number;
}

const line = z.string().min(1).max(200);
const weight = z.int().min(0).max(1_000_000_000);

const shipmentBody = z.strictObject({
  reference: line,
  service: z.enum(['standard', 'express']).default('standard'),
  weightGrams: weight.default(0),
  address: z.strictObject({
    recipient: line,
    lines: z.array(line).min(1).max(3),
    city: z.string().min(1).max(100),
    postalCode: z.string().min(1).max(20),
    region: z.string().max(100).optional(),
    countryCode: z.string().regex(/^[A-Z]{2}$/, 'must be two letters of ISO 3166-1'),
  }),
});

const amendmentBody = z.strictObject({ weightGrams: weight });

const MAX_EVENTS = 100;

/** The carrier's own routes; those of the record are beside them. */
export function carrierRoutes({ book, mutations, clock, newId, hourMs }: CarrierRoutesOptions): readonly Route[] {
  const found = (id: string | undefined): Shipment => {
    const shipment = book.shipment(id ?? '');
    if (shipment === undefined) throw notFound('SHIPMENT_NOT_FOUND', `no shipment ${id}`);
    return shipment;
  };

  return [
    {
      method: 'POST',
      path: '/v1/shipments',
      async handle(request) {
        const idempotencyKey = requiredIdempotencyKey(request);
        const body = await request.body(shipmentBody);
        return mutations.perform({
          idempotencyKey,
          fingerprint: fingerprintOf('create', body),
          fault: testAddress(body.address).faults?.create,
          decide: () => createShipment(body, { id: newId(), nowMs: clock.now(), hourMs }),
        });
      },
    },
    {
      method: 'POST',
      path: '/v1/shipments/:id/amend',
      async handle(request) {
        const idempotencyKey = requiredIdempotencyKey(request);
        const { weightGrams } = await request.body(amendmentBody);
        const shipment = found(request.parameters['id']);
        return mutations.perform({
          idempotencyKey,
          fingerprint: fingerprintOf('amend', shipment.id, weightGrams),
          fault: testAddress(shipment.address).faults?.amend,
          decide: () => amendShipment(found(shipment.id), weightGrams, clock.now()),
        });
      },
    },
    {
      method: 'POST',
      path: '/v1/shipments/:id/cancel',
      async handle(request) {
        const idempotencyKey = requiredIdempotencyKey(request);
        await request.body(z.strictObject({}));
        const shipment = found(request.parameters['id']);
        return mutations.perform({
          idempotencyKey,
          fingerprint: fingerprintOf('cancel', shipment.id),
          fault: testAddress(shipment.address).faults?.cancel,
          decide: () => cancelShipment(found(shipment.id), clock.now()),
        });
      },
    },
    {
      method: 'GET',
      path: '/v1/shipments',
      handle({ query }) {
        const reference = query.get('reference');
        if (reference === null) throw invalidRequest([{ path: 'reference', message: 'is required' }]);
        const shipments = book.withReference(reference).map((shipment) => shipmentView(shipment, clock.now()));
        return { status: 200, json: { shipments } };
      },
    },
    {
      method: 'GET',
      path: '/v1/shipments/:id',
      handle: ({ parameters }) => ({ status: 200, json: shipmentView(found(parameters['id']), clock.now()) }),
    },
    {
      method: 'GET',
      path: '/v1/shipments/:id/events',
      handle({ parameters, query }) {
        const after = queryInteger(query, 'after', { min: 0, max: Number.MAX_SAFE_INTEGER, default: 0 });
        const limit = queryInteger(query, 'limit', { min: 1, max: MAX_EVENTS, default: MAX_EVENTS });
        const all = trackingEvents(found(parameters['id']), clock.now());
        const events = all.slice(after, after + limit);
        const last = all.at(-1);
        const nextAfter = events.at(-1)?.sequence ?? after;
        const final = last !== undefined && isFinal(last.status) && nextAfter >= last.sequence;
        return { status: 200, json: { events, nextAfter, final } };
      },
    },
    {
      method: 'POST',
      path: '/v1/tracking',
      async handle(request) {
        const { shipments } = await request.body(trackingBody);
        return { status: 200, json: trackMany(shipments, book, clock.now()) };
      },
    },
  ];
}

/** How many shipments one request may ask about. */
const MAX_TRACKED = 100;

const trackingBody = z.strictObject({
  shipments: z
    .array(z.strictObject({ id: line, after: z.int().min(0) }))
    .min(1)
    .max(MAX_TRACKED),
});

/** What has happened to each of many parcels after a place in its list; those without news are left out. */
function trackMany(asked: z.output<typeof trackingBody>['shipments'], book: ShipmentBook, nowMs: number): object {
  const shipments: object[] = [];
  const unknown: string[] = [];
  for (const { id, after } of asked) {
    const shipment = book.shipment(id);
    if (shipment === undefined) unknown.push(id);
    const events = shipment === undefined ? [] : trackingEvents(shipment, nowMs).slice(after, after + MAX_EVENTS);
    if (events.length > 0) shipments.push({ id, events });
  }
  return { shipments, unknown };
}

/** A shipment as merchants see it at an instant. */
export function shipmentView(shipment: Shipment, nowMs: number): object {
  const { id, trackingNumber, reference, service, address, weightGrams, createdAt, estimatedDeliveryAt } = shipment;
  return {
    id,
    carrier: 'Tradewind Parcel',
    trackingNumber,
    reference,
    status: statusOf(shipment, nowMs),
    service,
    address,
    weightGrams,
    createdAt,
    estimatedDeliveryAt,
    ...(shipment.amendedAt !== undefined && { amendedAt: shipment.amendedAt }),
    ...(shipment.cancelledAt !== undefined && { cancelledAt: shipment.cancelledAt }),
  };
}
