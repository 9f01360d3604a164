import { z } from 'zod';

import { currentCall, isAbortError, type Clock } from '../../chassis/core/index.ts';
import { carrierUnavailable, unexpectedReply } from './carrier-errors.ts';
import type { Address, CarrierNews, ServiceLevel, ShipmentState } from './domain.ts';

/** How the carrier is reached. */
export interface CarrierClientOptions {
  /** The base of its HTTP API. */
  readonly url: string;
  readonly clock: Clock;
  /** The longest wait for one answer, in milliseconds; less when the call's deadline is nearer. */
  readonly timeoutMs: number;
  /** Kept back from the call's deadline for writing down what was answered, in milliseconds. Default 100. */
  readonly reserveMs?: number;
}

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
  arrange(parcel: ParcelRequest): Promise<ArrangementAnswer>;
  cancel(request: { readonly key: string; readonly carrierReference: string }): Promise<CancellationAnswer>;
  /** What its list says after a place in it, in order; the carrier bounds how much at once. */
  newsAfter(carrierReference: string, sequence: bigint): Promise<readonly CarrierNews[]>;
}

const instant = z.iso.datetime().transform((text) => new Date(text));
const shipment = z.object({
  id: z.string().min(1),
  carrier: z.string().min(1),
  trackingNumber: z.string().min(1),
  createdAt: instant,
  estimatedDeliveryAt: instant.optional(),
  cancelledAt: instant.optional(),
});
const eventPage = z.object({
  events: z.array(
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
  ),
});
const problem = z.object({ error: z.object({ code: z.string(), refusalCode: z.string().optional() }) });

interface Reply {
  readonly status: number;
  readonly body: unknown;
  /** The carrier's word for a refusal; empty otherwise. */
  readonly code: string;
  readonly refusalCode: string;
}

interface Request {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly key?: string;
  readonly body?: object;
}

const DEFAULT_RESERVE_MS = 100;

/** Makes the client. It holds no connection of its own: fetch keeps them. */
export function createCarrierClient(options: CarrierClientOptions): CarrierClient {
  const send = (request: Request) => exchange(options, request);

  return {
    async arrange({ key, reference, serviceLevel, weightGrams, address }) {
      const { region, ...rest } = address;
      const body = {
        reference,
        service: serviceLevel === 'EXPRESS' ? 'express' : 'standard',
        weightGrams,
        address: region === '' ? rest : { ...rest, region },
      };
      const reply = await send({ method: 'POST', path: '/v1/shipments', key, body });
      if (reply.code === 'ADDRESS_REFUSED') return { type: 'refused', code: reply.refusalCode || 'address_refused' };
      const { id, carrier, trackingNumber, estimatedDeliveryAt, createdAt } = parsed(reply, shipment);
      const estimatedDeliveryTime = estimatedDeliveryAt;
      return { type: 'accepted', carrier, carrierReference: id, trackingNumber, estimatedDeliveryTime, at: createdAt };
    },
    async cancel({ key, carrierReference }) {
      const path = `/v1/shipments/${encodeURIComponent(carrierReference)}/cancel`;
      const reply = await send({ method: 'POST', path, key, body: {} });
      if (reply.code === 'SHIPMENT_PICKED_UP') return { type: 'too-late' };
      if (reply.code === 'SHIPMENT_CANCELLED') return { type: 'cancelled', at: undefined };
      return { type: 'cancelled', at: parsed(reply, shipment).cancelledAt };
    },
    async newsAfter(carrierReference, sequence) {
      const path = `/v1/shipments/${encodeURIComponent(carrierReference)}/events?after=${sequence}`;
      const { events } = parsed(await send({ method: 'GET', path }), eventPage);
      return events.map(({ sequence: place, status, description, location, occurredAt }) => ({
        sequence: BigInt(place),
        state: (status === 'CREATED' ? 'ARRANGED' : status) satisfies ShipmentState,
        description,
        location,
        occurTime: occurredAt,
      }));
    },
  };
}

async function exchange(options: CarrierClientOptions, request: Request): Promise<Reply> {
  const call = currentCall();
  const timeout = AbortSignal.timeout(Math.max(1, Math.floor(timeLeftMs(options))));
  const signal = call?.signal === undefined ? timeout : AbortSignal.any([timeout, call.signal]);
  const { status, text, retryAfter } = await roundTrip(options.url, request, signal).catch((error: unknown) => {
    if (call?.signal?.aborted && isAbortError(error)) throw error; // the caller gave up; nobody reads the answer
    throw carrierUnavailable(error);
  });
  if (status >= 500 || status === 429 || status === 408) throw carrierUnavailable(undefined, retryAfter);
  const body = parseJson(text);
  const { data } = problem.safeParse(body);
  const code = data?.error.code ?? '';
  if (code === 'IDEMPOTENCY_KEY_IN_USE') throw carrierUnavailable(undefined, retryAfter);
  return { status, body, code, refusalCode: data?.error.refusalCode ?? '' };
}

function timeLeftMs({ clock, timeoutMs, reserveMs = DEFAULT_RESERVE_MS }: CarrierClientOptions): number {
  const deadlineMs = currentCall()?.deadlineMs;
  return deadlineMs === undefined ? timeoutMs : Math.min(timeoutMs, deadlineMs - clock.monotonicMs() - reserveMs);
}

async function roundTrip(base: string, { method, path, key, body }: Request, signal: AbortSignal) {
  const response = await fetch(`${base.replace(/\/$/, '')}${path}`, {
    method,
    signal,
    redirect: 'error',
    headers: {
      accept: 'application/json',
      ...(key === undefined ? {} : { 'idempotency-key': key }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, retryAfter: response.headers.get('retry-after'), text: await response.text() };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined; // whoever needs a body finds that there is none
  }
}

/** The body of a success, or an Error that names the status and the carrier's code alone. */
function parsed<Schema extends z.ZodType>({ status, code, body }: Reply, schema: Schema): z.output<Schema> {
  const result = status < 300 ? schema.safeParse(body) : undefined;
  if (result?.success) return result.data;
  throw unexpectedReply(status, code);
}
