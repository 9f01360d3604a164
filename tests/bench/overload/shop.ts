// The process that is overloaded: `node shop.ts shedding|none <milliseconds of work a call>`. Checkout and browsing in one
// server of the chassis, each call the same CPU work.
import { OrderServiceDefinition } from '../../../gen/tradewind/order/v1/order.ts';
import { ProductServiceDefinition } from '../../../gen/tradewind/product/v1/product.ts';
import { loadContract } from '../../../src/chassis/contract/index.ts';
import { bind, createServer } from '../../../src/chassis/server/index.ts';
import { DEFAULT_SHEDDING } from '../../../src/chassis/shedding/index.ts';
import { answerRequests } from '../answer-requests.ts';
import { calibrateWork } from './work.ts';

/** What the bench asks of it. */
export type ShopRequest = { readonly kind: 'cpu' };

/** What it answers: the process's CPU time so far, in seconds, and the calls whose handler has run. */
export interface ShopReport {
  readonly cpuSeconds: number;
  readonly handled: number;
}

const [, , policy = '', workMs = ''] = process.argv;
const work = calibrateWork(Number(workMs));
let handled = 0;
const handle = async () => {
  handled += 1;
  work();
  return {};
};

const server = createServer({
  process: 'shop',
  contract: await loadContract(),
  services: [
    bind(OrderServiceDefinition, { ...refusing(OrderServiceDefinition.methods), placeOrder: handle }),
    bind(ProductServiceDefinition, { ...refusing(ProductServiceDefinition.methods), searchProducts: handle }),
  ],
  shedding: policy === 'shedding' ? DEFAULT_SHEDDING : false,
});
const port = await server.listen({ host: '127.0.0.1', port: 0 });
server.health.set('serving');

/** Nobody asks for the rest of the services. */
function refusing<Methods extends object>(methods: Methods): Record<keyof Methods, () => never> {
  const refuse = (): never => {
    throw new Error('not part of the bench');
  };
  return Object.fromEntries(Object.keys(methods).map((name) => [name, refuse])) as Record<keyof Methods, () => never>; // the same names
}

answerRequests<ShopRequest>({
  ready: `127.0.0.1:${port}`,
  async answer() {
    const { user, system } = process.cpuUsage();
    return { cpuSeconds: (user + system) / 1e6, handled } satisfies ShopReport;
  },
  stop: () => server.close(),
});
