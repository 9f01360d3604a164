import { isDeepStrictEqual } from 'node:util';

import { OrderServiceDefinition, type PlaceOrderResponse } from '../../../gen/tradewind/order/v1/order.ts';
import { AppError } from '../../../src/chassis/core/index.ts';
import { breaches, readResources } from '../../support/invariants/index.ts';
import { newCustomer, newProduct, orderRequest, settledOrder, type Customer } from '../../support/shopping.ts';
import { seededRandom } from '../../support/seeded-random.ts';
import { openStorefront, type Storefront } from '../../support/storefront.ts';
import { startSuite, type TestSuite } from '../../support/suite.ts';
import { errorBreach, rowResult, type CheckoutSetting, type RowResult } from './row.ts';

/** How long the row is. */
export interface SameRequestIdOptions extends CheckoutSetting {
  /** Different request_ids; default 50. */
  readonly ids?: number;
  /** PlaceOrder calls with the same id at the same time; default 200. Every other one through the gateway. */
  readonly callers?: number;
}

type OrderRequest = ReturnType<typeof orderRequest>;
type Answer =
  { readonly via: 'gRPC'; readonly body: PlaceOrderResponse } | { readonly via: 'HTTP'; readonly body: unknown };

/** Ids that are asked for at the same time: 400 sockets to the gateway at most. */
const IDS_AT_A_TIME = 2;
const CALL_TIMEOUT_MS = 60_000;

/** Scoreboard row 4: the same request_id many times at once, over both ways in, while the gateway is killed. */
export async function sameRequestId(options: SameRequestIdOptions): Promise<RowResult> {
  const { seed, checkout, ids = 50, callers = 200 } = options;
  await using suite = await startSuite({ args: ['--no-demo', '--checkout', checkout] });
  const customer = await newCustomer(suite);
  const product = await newProduct(suite, 10 * ids);
  const storefront = await openStorefront(suite, customer, { keepsConnections: false });
  const requests = Array.from({ length: ids }, () => orderRequest(customer, product, 1));
  await settledOrder(suite, (await place(suite, orderRequest(customer, product, 1))).order?.id ?? '');
  const baseline = await readResources(suite);
  const killAt = Math.floor(seededRandom(seed).next() * (ids - 1));

  const answers = new Map<OrderRequest, readonly Answer[]>();
  const failures: string[] = [];
  const ask = async (request: OrderRequest, index: number): Promise<Answer | undefined> => {
    try {
      if (index % 2 === 0) return { via: 'gRPC', body: await place(suite, request) };
      return { via: 'HTTP', body: await storefront.answerTo(request) };
    } catch (error) {
      failures.push(String(error));
      return undefined;
    }
  };
  const startedAt = performance.now();
  for (let first = 0; first < ids; first += IDS_AT_A_TIME) {
    const some = requests.slice(first, first + IDS_AT_A_TIME);
    const asked = some.map(async (request) => {
      const all = await Promise.all(Array.from({ length: callers }, (_, index) => ask(request, index)));
      answers.set(
        request,
        all.filter((answer) => answer !== undefined),
      );
    });
    if (killAt >= first && killAt < first + IDS_AT_A_TIME) process.kill(suite.pid('gateway'), 'SIGKILL');
    await Promise.all(asked);
  }
  const tookMs = performance.now() - startedAt;

  const orderIds = requests.map((request) => orderIdOf(answers.get(request)?.[0]));
  const refusals = await Promise.all(requests.map((request) => refusalBreaches(suite, storefront, request)));
  for (const id of orderIds) if (id !== undefined) await settledOrder(suite, id);
  const kept = await ordersOf(suite, customer);
  const found = [
    ...errorBreach('calls failed', failures),
    ...requests.flatMap((request) => equalBreaches(request, answers.get(request) ?? [])),
    ...errorBreach('other bodies were not refused', refusals.flat()),
    ...(kept === ids + 1 ? [] : [`${kept - 1} orders for ${ids} request_ids`]),
    ...(suite.events.some((event) => event.event === 'restarted' && event.name === 'gateway')
      ? []
      : ['the gateway was not killed']),
    ...(await breaches(suite, {
      orderIds: orderIds.filter((id) => id !== undefined),
      received: new Map([[product, 10 * ids]]),
      baseline,
    })),
  ];
  const figure =
    `${ids} ids x ${callers} calls in ${(tookMs / 1_000).toFixed(1)} s with a gateway killed: ${kept - 1} orders, ` +
    `${failures.length} calls failed; ${2 * ids - refusals.flat().length} of ${2 * ids} other bodies refused`;
  return rowResult(figure, found);
}

function place(suite: TestSuite, request: OrderRequest): Promise<PlaceOrderResponse> {
  return suite.client(OrderServiceDefinition, 'order').placeOrder(request, { timeoutMs: CALL_TIMEOUT_MS });
}

function orderIdOf(answer: Answer | undefined): string | undefined {
  if (answer === undefined) return undefined;
  if (answer.via === 'gRPC') return answer.body.order?.id;
  return (answer.body as { readonly order?: { readonly id: string } }).order?.id; // the contract's JSON
}

/** Everybody heard the same, word for word each way in, and of the same order both ways. */
function equalBreaches({ requestId }: OrderRequest, answers: readonly Answer[]): readonly string[] {
  const ids = new Set(answers.map(orderIdOf));
  const found = ids.size === 1 ? [] : [`request_id ${requestId} was answered with ${ids.size} orders`];
  for (const via of ['gRPC', 'HTTP'] as const) {
    const [first, ...others] = answers.filter((answer) => answer.via === via);
    const different = others.filter(({ body }) => !isDeepStrictEqual(body, first?.body)).length;
    if (different > 0) found.push(`request_id ${requestId}: ${different} answers over ${via} differ from the first`);
  }
  return found;
}

/** Another body under the same id, both ways. */
async function refusalBreaches(
  suite: TestSuite,
  storefront: Storefront,
  request: OrderRequest,
): Promise<readonly string[]> {
  const other = { ...request, lines: request.lines.map((line) => ({ ...line, quantity: line.quantity + 1 })) };
  const byGrpc = await place(suite, other).then(
    () => 'accepted',
    (error: unknown) => (error instanceof AppError ? `${error.status} ${error.reason}` : String(error)),
  );
  const byHttp = await storefront.answerTo(other).then(() => 'accepted', String);
  return [
    ...(byGrpc === 'INVALID_ARGUMENT REQUEST_ID_REUSED' ? [] : [`over gRPC: ${byGrpc}`]),
    ...(byHttp.includes('answered 400') && byHttp.includes('REQUEST_ID_REUSED') ? [] : [`over HTTP: ${byHttp}`]),
  ];
}

async function ordersOf(suite: TestSuite, { userId }: Customer): Promise<number> {
  const client = suite.client(OrderServiceDefinition, 'order');
  let [count, pageToken] = [0, ''];
  do {
    const page = await client.listOrders({ userId, pageSize: 200, pageToken });
    count += page.orders.length;
    pageToken = page.nextPageToken;
  } while (pageToken !== '');
  return count;
}
