import { runService } from './chassis/lifecycle/index.ts';

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
  /** Starts it in this process. Its code is loaded here and not before: no process carries another's. */
  readonly run: (environment: Environment) => Promise<unknown>;
}

/** Every process of the suite, in the order in which tables list them. A new service is one entry here. */
export const CATALOGUE: readonly CatalogueEntry[] = [
  {
    name: 'user',
    kind: 'service',
    defaultPort: 50051,
    run: async (environment) => runService((await import('./services/user/service.ts')).userService, environment),
  },
  {
    name: 'product',
    kind: 'service',
    defaultPort: 50052,
    run: async (environment) => runService((await import('./services/product/service.ts')).productService, environment),
  },
  {
    name: 'order',
    kind: 'service',
    defaultPort: 50053,
    run: async (environment) => runService((await import('./services/order/service.ts')).orderService, environment),
  },
  {
    name: 'payment',
    kind: 'service',
    defaultPort: 50054,
    run: async (environment) => runService((await import('./services/payment/service.ts')).paymentService, environment),
  },
  {
    name: 'shipping',
    kind: 'service',
    defaultPort: 50055,
    run: async (environment) =>
      runService((await import('./services/shipping/service.ts')).shippingService, environment),
  },
  {
    name: 'notification',
    kind: 'service',
    defaultPort: 50056,
    run: async (environment) =>
      runService((await import('./services/notification/service.ts')).notificationService, environment),
  },
  {
    name: 'loyalty',
    kind: 'service',
    defaultPort: 50057,
    run: async (environment) => runService((await import('./services/loyalty/service.ts')).loyaltyService, environment),
  },
  {
    name: 'gateway',
    kind: 'gateway',
    defaultPort: 8080,
    run: async (environment) => (await import('./gateway/index.ts')).runGateway(environment),
  },
  {
    name: 'payment-provider',
    kind: 'sandbox',
    defaultPort: 0,
    run: async (environment) => (await import('./sandbox/index.ts')).runPaymentProvider(environment),
  },
  {
    name: 'smtp-sink',
    kind: 'sandbox',
    defaultPort: 0,
    run: async (environment) => (await import('./sandbox/index.ts')).runSmtpSink(environment),
  },
  {
    name: 'carrier',
    kind: 'sandbox',
    defaultPort: 0,
    run: async (environment) => (await import('./sandbox/index.ts')).runCarrier(environment),
  },
];
