import { runService } from '../../../src/chassis/lifecycle/index.ts';
import { createStaticRegistry } from '../../../src/chassis/registry/index.ts';
import { paymentService } from '../../../src/services/payment/service.ts';

// The payment process alone, for tests that kill it; its parent is told where it listens.
await runService(paymentService, process.env, { registry: createStaticRegistry([]) });
