import type { ConfigurationShape, ServiceDefinition } from './chassis/lifecycle/index.ts';
import type * as Sandboxes from './sandbox/index.ts';

/** The environment of a process: what main.ts read, passed on. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** One process of the suite. */
export interface CatalogueEntry {
  readonly name: string;
  /**
   * service: serves gRPC and owns a database; gateway: serves HTTP to the outside;
   * sandbox: stands where the outside world would be, behind a real protocol.
   */
  readonly kind: 'service' | 'gateway' | 'sandbox';
  /** Where it listens unless the port is taken or --port-base says otherwise; 0: any free port. */
  readonly defaultPort: number;
  /** Loads its code without running it, which fills the compile cache. */
  readonly load: () => Promise<unknown>;
  /** Starts it in this process. Its code is loaded here and not before: no process carries another's. */
  readonly run: (environment: Environment) => Promise<unknown>;
}

/** Every process of the suite, in the order in which tables list them. A new service is one entry here. */
export const CATALOGUE: readonly CatalogueEntry[] = [
  service('user', 50051, async () => (await import('./services/user/service.ts')).userService),
  service('product', 50052, async () => (await import('./services/product/service.ts')).productService),
  service('order', 50053, async () => (await import('./services/order/service.ts')).orderService),
  service('payment', 50054, async () => (await import('./services/payment/service.ts')).paymentService),
  service('shipping', 50055, async () => (await import('./services/shipping/service.ts')).shippingService),
  service('notification', 50056, async () => (await import('./services/notification/service.ts')).notificationService),
  service('loyalty', 50057, async () => (await import('./services/loyalty/service.ts')).loyaltyService),
  { ...service('gateway', 8080, async () => (await import('./gateway/service.ts')).gatewayService), kind: 'gateway' },
  sandbox('payment-provider', (sandboxes) => sandboxes.runPaymentProvider),
  sandbox('smtp-sink', (sandboxes) => sandboxes.runSmtpSink),
  sandbox('carrier', (sandboxes) => sandboxes.runCarrier),
  sandbox('messenger', (sandboxes) => sandboxes.runMessenger),
];

function service<Shape extends ConfigurationShape>(
  name: string,
  defaultPort: number,
  load: () => Promise<ServiceDefinition<Shape>>,
): CatalogueEntry {
  const loadAll = () => Promise.all([import('./chassis/lifecycle/index.ts'), import('./authentication.ts'), load()]);
  return {
    name,
    kind: 'service',
    defaultPort,
    load: async () => {
      await loadAll();
      await (await import('./chassis/registry/index.ts')).loadEtcdRegistry();
    },
    run: async (environment) => {
      const [{ runService }, { authentication }, definition] = await loadAll();
      return runService(definition, environment, { authentication });
    },
  };
}

function sandbox(name: string, choose: (sandboxes: typeof Sandboxes) => CatalogueEntry['run']): CatalogueEntry {
  const load = () => import('./sandbox/index.ts');
  const run = async (environment: Environment) => choose(await load())(environment);
  return { name, kind: 'sandbox', defaultPort: 0, load: async () => (await load()).loadSandboxes(), run };
}
