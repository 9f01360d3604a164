import { z } from 'zod';

import type { Events } from '../../chassis/core/index.ts';
import { createHttpExchange, type HttpExchangeEvents, type HttpExchangeOptions } from '../../chassis/outbound/index.ts';
import type { CardDetails, TransactionKind } from './domain.ts';

/** How the provider is reached. */
export type ProviderClientOptions = Omit<HttpExchangeOptions, 'name' | 'unavailableReason'>;

/** What the provider said to an authorization. */
export type AuthorizationAnswer =
  | { readonly type: 'approved'; readonly providerReference: string; readonly expiresAt: Date }
  | { readonly type: 'declined'; readonly providerReference: string; readonly declineCode: string };

/** What the provider said to a capture. `holdGone`: there is nothing left to capture, now or later. */
export type CaptureAnswer =
  | { readonly type: 'captured'; readonly captureReference: string }
  | { readonly type: 'refused'; readonly code: string; readonly holdGone: boolean };

/** What the provider said to a refund. */
export type RefundAnswer =
  { readonly type: 'refunded'; readonly refundReference: string } | { readonly type: 'refused'; readonly code: string };

/** What the provider said to a card. */
export type CardAnswer =
  | { readonly type: 'kept'; readonly token: string; readonly brand: string; readonly last4: string }
  | { readonly type: 'refused'; readonly code: string };

/** Something that happened to money, by the provider's own ledger. */
export interface ProviderEntry {
  /** Its place there. */
  readonly sequence: bigint;
  readonly kind: TransactionKind;
  /** What it was asked under. */
  readonly key: string;
  /** The provider's id of the authorization, the capture or the refund. */
  readonly providerReference: string;
  /** The provider's id of the authorization that it belongs to. */
  readonly authorization: string;
  /** What it was told it was for. */
  readonly reference: string;
  readonly currency: string;
  readonly minor: bigint;
  /** By the provider's clock, RFC 3339. */
  readonly time: string;
}

/** A part of the provider's ledger. */
export interface ProviderPage {
  /** In order. What moved no money is left out. */
  readonly entries: readonly ProviderEntry[];
  readonly nextAfter: bigint;
  readonly hasMore: boolean;
}

/** A change at the provider is named by its key: asked again under it, it happens once and is answered as before. */
interface Keyed {
  readonly key: string;
}

/**
 * The payment provider, as this process sees it. Every method throws AppError UNAVAILABLE (PROVIDER_UNAVAILABLE, with
 * RetryInfo) when there is no answer or only "later", and whether it happened is then unknown; a reply that the provider's
 * documentation does not have is an Error. Neither ever quotes a request, which may hold a card. No retries here: the
 * caller of the RPC repeats it, and the reconciler what nobody repeats.
 */
export interface ProviderClient {
  readonly events: Events<HttpExchangeEvents>;
  authorize(
    request: Keyed & {
      readonly token: string;
      readonly minor: bigint;
      readonly currency: string;
      readonly reference: string;
    },
  ): Promise<AuthorizationAnswer>;
  capture(request: Keyed & { readonly authorization: string; readonly minor: bigint }): Promise<CaptureAnswer>;
  /** Resolves when nothing is held any more, by this or by itself. */
  void(request: Keyed & { readonly authorization: string }): Promise<void>;
  refund(request: Keyed & { readonly capture: string; readonly minor: bigint }): Promise<RefundAnswer>;
  tokenize(request: Keyed & { readonly card: CardDetails }): Promise<CardAnswer>;
  /** What became of a tokenize under the key; undefined: nothing, so far. */
  findCard(key: string): Promise<CardAnswer | undefined>;
  /** Resolves when the provider has forgotten the card, now or before. */
  forgetCard(request: Keyed & { readonly token: string }): Promise<void>;
  /** Its ledger after a place in it, at most so many operations. */
  ledgerAfter(position: bigint, limit: number): Promise<ProviderPage>;
  /** True while the hold can still be captured or was captured. */
  holds(authorization: string): Promise<boolean>;
  /** Lets go of its connections. */
  close(): void;
}

const authorization = z.object({ id: z.string().min(1), status: z.string(), expiresAt: z.iso.datetime() });
const captured = z.object({ capture: z.object({ id: z.string().min(1) }) });
const refunded = z.object({ capture: z.object({ refunds: z.array(z.object({ id: z.string().min(1) })).min(1) }) });
const card = z.object({ token: z.string().min(1), brand: z.string().min(1), last4: z.string().regex(/^\d{4}$/) });
const found = z.object({ status: z.enum(['DONE', 'IN_PROGRESS']), answer: z.object({ body: z.unknown() }).optional() });

const minorUnits = z.int().transform(BigInt);
const place = z.int().min(0).transform(BigInt);
const ledgerPage = z.object({
  operations: z.array(
    z.object({
      sequence: place,
      type: z.string(),
      idempotencyKey: z.string(),
      createdAt: z.iso.datetime(),
      authorizationId: z.string().optional(),
      captureId: z.string().optional(),
      refundId: z.string().optional(),
      reference: z.string().optional(),
      currency: z.string().optional(),
      amount: minorUnits.optional(),
    }),
  ),
  nextAfter: place,
  hasMore: z.boolean(),
});

/** What of the ledger moved money, and which id it has there. */
const MOVED = {
  AUTHORIZED: ['AUTHORIZATION', 'authorizationId'],
  VOIDED: ['RELEASE', 'authorizationId'],
  CAPTURED: ['CAPTURE', 'captureId'],
  REFUNDED: ['REFUND', 'refundId'],
} as const satisfies Record<string, readonly [TransactionKind, string]>;

const HOLD_GONE: ReadonlySet<string> = new Set(['AUTHORIZATION_EXPIRED', 'AUTHORIZATION_VOIDED']);

/** Makes the client. It keeps its connections between requests. */
export function createProviderClient(options: ProviderClientOptions): ProviderClient {
  const { send, unavailable, events, close } = createHttpExchange({
    ...options,
    name: 'the payment provider',
    unavailableReason: 'PROVIDER_UNAVAILABLE',
  });
  const post = (path: string, key: string, body: object) => send({ method: 'POST', path, key, body });

  async function findCard(key: string): Promise<CardAnswer | undefined> {
    const reply = await send({ method: 'GET', path: `/v1/idempotency-keys/${encodeURIComponent(key)}` });
    if (reply.status === 404) return undefined;
    const { status, answer } = reply.parse(found);
    if (status === 'IN_PROGRESS') throw unavailable();
    return { type: 'kept', ...card.parse(answer?.body) };
  }

  return {
    events,
    close,
    findCard,
    async authorize({ key, token, minor, currency, reference }) {
      const reply = await post('/v1/authorizations', key, { token, amount: Number(minor), currency, reference });
      if (reply.status === 402) {
        const { declineCode = '', authorizationId = '' } = reply.facts;
        return { type: 'declined', providerReference: authorizationId, declineCode: declineCode || 'declined' };
      }
      if (reply.code === 'TOKEN_NOT_FOUND')
        return { type: 'declined', providerReference: '', declineCode: 'card_removed' };
      const { id, expiresAt } = reply.parse(authorization);
      return { type: 'approved', providerReference: id, expiresAt: new Date(expiresAt) };
    },
    async capture({ key, authorization: id, minor }) {
      const reply = await post(`/v1/authorizations/${encodeURIComponent(id)}/capture`, key, { amount: Number(minor) });
      if (reply.status === 402)
        return { type: 'refused', code: reply.facts['declineCode'] || reply.code, holdGone: false };
      if (HOLD_GONE.has(reply.code)) return { type: 'refused', code: reply.code.toLowerCase(), holdGone: true };
      return { type: 'captured', captureReference: reply.parse(captured).capture.id };
    },
    async void({ key, authorization: id }) {
      const reply = await post(`/v1/authorizations/${encodeURIComponent(id)}/void`, key, {});
      if (!HOLD_GONE.has(reply.code)) reply.parse(authorization);
    },
    async refund({ key, capture, minor }) {
      const reply = await post(`/v1/captures/${encodeURIComponent(capture)}/refund`, key, { amount: Number(minor) });
      if (reply.status === 402) return { type: 'refused', code: reply.facts['declineCode'] || reply.code };
      if (reply.code === 'ALREADY_REFUNDED' || reply.code === 'AMOUNT_TOO_LARGE') {
        return { type: 'refused', code: reply.code.toLowerCase() };
      }
      // The answer shows the capture as this refund left it, so the newest of its refunds is this one.
      const refund = reply.parse(refunded).capture.refunds.at(-1);
      return { type: 'refunded', refundReference: refund?.id ?? '' };
    },
    async tokenize({ key, card: { number, cvc, expiryMonth, expiryYear } }) {
      const reply = await post('/v1/tokens', key, { number, cvc, expiryMonth, expiryYear });
      // The first try under this key brought another number; it is the one that counts.
      const first = reply.code === 'IDEMPOTENCY_KEY_REUSED' ? await findCard(key) : undefined;
      if (first !== undefined) return first;
      if (reply.status === 422) return { type: 'refused', code: reply.code };
      return { type: 'kept', ...reply.parse(card) };
    },
    async forgetCard({ key, token }) {
      const reply = await send({ method: 'DELETE', path: `/v1/tokens/${encodeURIComponent(token)}`, key });
      if (reply.status !== 404) reply.parse(card);
    },
    async ledgerAfter(position, limit) {
      const reply = await send({ method: 'GET', path: `/v1/operations?after=${position}&limit=${limit}` });
      const { operations, nextAfter, hasMore } = reply.parse(ledgerPage);
      return { entries: operations.flatMap(entryOf), nextAfter, hasMore };
    },
    async holds(id) {
      const reply = await send({ method: 'GET', path: `/v1/authorizations/${encodeURIComponent(id)}` });
      const { status } = reply.parse(authorization);
      return status === 'AUTHORIZED' || status === 'CAPTURED';
    },
  };
}

function entryOf(operation: z.output<typeof ledgerPage>['operations'][number]): readonly ProviderEntry[] {
  if (!Object.hasOwn(MOVED, operation.type)) return [];
  const [kind, id] = MOVED[operation.type as keyof typeof MOVED]; // one of its own keys
  const { sequence, idempotencyKey: key, authorizationId, reference, currency, amount, createdAt: time } = operation;
  const providerReference = operation[id];
  if (
    !authorizationId ||
    !providerReference ||
    reference === undefined ||
    currency === undefined ||
    amount === undefined
  ) {
    throw new Error(`operation ${sequence} of the payment provider's ledger says too little`);
  }
  return [
    {
      sequence,
      kind,
      key,
      providerReference,
      authorization: authorizationId,
      reference,
      currency,
      minor: amount,
      time,
    },
  ];
}
