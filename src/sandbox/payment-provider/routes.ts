import { invalidRequest, notFound, type Route } from '../http/index.ts';
import { fingerprintOf, requiredIdempotencyKey, type RecordedApiTools } from '../mutation/index.ts';
import type { CardFaults } from './card-faults.ts';
import {
  authorize,
  capture,
  cardOf,
  deleteToken,
  liveToken,
  refund,
  tokenize,
  voidAuthorization,
  type Moment,
} from './decisions.ts';
import { seenAt, type Authorization, type Ledger, type PaymentEvent } from './ledger.ts';
import { summarize } from './summary.ts';
import { testCard } from './test-cards.ts';
import { authorizationBody, emptyBody, partialBody, tokenBody } from './wire.ts';

/** What the routes work on. */
export interface PaymentRoutesOptions extends RecordedApiTools<PaymentEvent> {
  readonly ledger: Ledger;
  readonly faults: CardFaults;
}

/** The provider's own routes; those of the log are beside them. */
export function paymentRoutes(options: PaymentRoutesOptions): readonly Route[] {
  return [...changes(options), ...queries(options)];
}

function changes({ ledger, faults, mutations, clock, newId }: PaymentRoutesOptions): readonly Route[] {
  const moment = (): Moment => ({ id: newId(), nowMs: clock.now() });

  return [
    {
      method: 'POST',
      path: '/v1/tokens',
      async handle(request) {
        const idempotencyKey = requiredIdempotencyKey(request);
        const card = await request.body(tokenBody);
        return mutations.perform({
          idempotencyKey,
          // A digest of the whole number could be searched for; what tells two cards apart here is what is kept anyway.
          fingerprint: fingerprintOf('tokenize', card.number.slice(-4), card.expiryMonth, card.expiryYear),
          decide: () => tokenize(card, moment()),
        });
      },
    },
    {
      method: 'DELETE',
      path: '/v1/tokens/:token',
      handle(request) {
        const token = request.parameters['token'] ?? '';
        return mutations.perform({
          idempotencyKey: requiredIdempotencyKey(request),
          fingerprint: fingerprintOf('delete token', token),
          decide: () => deleteToken(ledger, token, moment()),
        });
      },
    },
    {
      method: 'POST',
      path: '/v1/authorizations',
      async handle(request) {
        const idempotencyKey = requiredIdempotencyKey(request);
        const body = await request.body(authorizationBody);
        const card = ledger.token(body.token);
        return mutations.perform({
          idempotencyKey,
          fingerprint: fingerprintOf('authorize', body),
          fault: faults.of(card && testCard(card.behaviour), 'authorize'),
          decide: () => authorize(ledger, body, moment()),
        });
      },
    },
    {
      method: 'POST',
      path: '/v1/authorizations/:id/capture',
      async handle(request) {
        const idempotencyKey = requiredIdempotencyKey(request);
        const { amount } = await request.body(partialBody);
        const authorizationId = request.parameters['id'] ?? '';
        return mutations.perform({
          idempotencyKey,
          fingerprint: fingerprintOf('capture', authorizationId, amount),
          fault: faults.of(cardOf(ledger, ledger.authorization(authorizationId)), 'capture'),
          decide: () => capture(ledger, { authorizationId, amount }, moment()),
        });
      },
    },
    {
      method: 'POST',
      path: '/v1/authorizations/:id/void',
      async handle(request) {
        const idempotencyKey = requiredIdempotencyKey(request);
        await request.body(emptyBody);
        const authorizationId = request.parameters['id'] ?? '';
        return mutations.perform({
          idempotencyKey,
          fingerprint: fingerprintOf('void', authorizationId),
          fault: faults.of(cardOf(ledger, ledger.authorization(authorizationId)), 'void'),
          decide: () => voidAuthorization(ledger, authorizationId, moment()),
        });
      },
    },
    {
      method: 'POST',
      path: '/v1/captures/:id/refund',
      async handle(request) {
        const idempotencyKey = requiredIdempotencyKey(request);
        const { amount } = await request.body(partialBody);
        const captureId = request.parameters['id'] ?? '';
        return mutations.perform({
          idempotencyKey,
          fingerprint: fingerprintOf('refund', captureId, amount),
          fault: faults.of(cardOf(ledger, ledger.capturedBy(captureId)), 'refund'),
          decide: () => refund(ledger, { captureId, amount }, moment()),
        });
      },
    },
    {
      method: 'POST',
      path: '/v1/test-cards/:name/heal',
      async handle(request) {
        await request.body(emptyBody);
        const name = request.parameters['name'] ?? '';
        faults.heal(name);
        return { status: 200, json: { name, healed: true } };
      },
    },
  ];
}

function queries({ ledger, clock }: PaymentRoutesOptions): readonly Route[] {
  const seenNow = (authorizations: Iterable<Authorization>): readonly Authorization[] =>
    Array.from(authorizations, (authorization) => seenAt(authorization, clock.now()));

  return [
    {
      method: 'GET',
      path: '/v1/tokens/:token',
      handle: ({ parameters }) => ({ status: 200, json: liveToken(ledger, parameters['token'] ?? '') }),
    },
    {
      method: 'GET',
      path: '/v1/authorizations',
      handle({ query }) {
        const reference = query.get('reference');
        if (reference === null) throw invalidRequest([{ path: 'reference', message: 'is required' }]);
        return { status: 200, json: { authorizations: seenNow(ledger.withReference(reference)) } };
      },
    },
    {
      method: 'GET',
      path: '/v1/authorizations/:id',
      handle({ parameters }) {
        const authorization = ledger.authorization(parameters['id'] ?? '');
        if (authorization === undefined) {
          throw notFound('AUTHORIZATION_NOT_FOUND', `no authorization ${parameters['id']}`);
        }
        return { status: 200, json: seenAt(authorization, clock.now()) };
      },
    },
    {
      method: 'GET',
      path: '/v1/summary',
      handle({ query }) {
        const reference = query.get('reference');
        const authorizations = reference === null ? ledger.authorizations() : ledger.withReference(reference);
        return { status: 200, json: summarize(seenNow(authorizations)) };
      },
    },
  ];
}
