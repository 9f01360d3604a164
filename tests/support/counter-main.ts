import { runService } from '../../src/chassis/lifecycle/index.ts';
import { counterService } from './counter-service.ts';

/** The counter service as a process of its own. */
await runService(counterService(), process.env);
