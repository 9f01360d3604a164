import { runService } from '../../../src/chassis/lifecycle/index.ts';
import { layerService } from './layer-service.ts';

/** One layer as a process of its own: LAYER is its name; it has a database where DATABASE_URL is set. */
const { LAYER, ...environment } = process.env;
if (LAYER === undefined) throw new Error('LAYER is not set');
await runService(layerService(LAYER, { hasDatabase: environment['DATABASE_URL'] !== undefined }), environment);
