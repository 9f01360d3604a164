import { runService } from '../../../src/chassis/lifecycle/index.ts';
import { listenerService, tellerService } from './fleet-services.ts';

/** A teller or a listener as a process of its own: ROLE says which. */
const { ROLE, ...environment } = process.env;
if (ROLE === 'teller') await runService(tellerService, environment);
else await runService(listenerService, environment);
