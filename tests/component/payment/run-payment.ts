import { startService } from '../../../src/chassis/lifecycle/index.ts';
import { createStaticRegistry } from '../../../src/chassis/registry/index.ts';
import { paymentService } from '../../../src/services/payment/service.ts';

/** The payment process as a process of its own, so that a test can have it die; it tells its parent where it is. */
const { grpc } = await startService(paymentService, process.env, { registry: createStaticRegistry([]) });
process.send?.({ grpc });
