import { hostname } from 'node:os';

import type { BaseConfiguration } from '../config/index.ts';

const WILDCARDS = new Set(['0.0.0.0', '::', '[::]']);

/** host:port under which others reach a port of this process. */
export function advertisedAddress(config: Pick<BaseConfiguration, 'HOST' | 'ADVERTISE_ADDRESS'>, port: number): string {
  const host = config.ADVERTISE_ADDRESS ?? (WILDCARDS.has(config.HOST) ? hostname() : config.HOST);
  return `${host}:${port}`;
}
