import type { CatalogueEntry } from '../catalogue.ts';
import { CATALOGUE } from '../catalogue.ts';
import type { UpOptions } from './options.ts';

/** One process to be started: which, which instance of it, and the port it would like. */
export interface PlannedProcess {
  readonly entry: CatalogueEntry;
  /** "order", and "order-2" for the second instance. */
  readonly instance: string;
  /** 0: any free one. */
  readonly wantedPort: number;
}

/** Every process of this run, in the catalogue's order. Further instances take any free port. */
export function planProcesses(options: Pick<UpOptions, 'portBase' | 'replicas'>): readonly PlannedProcess[] {
  const base = options.portBase;
  let nextPort = (base ?? 0) + 1;
  return CATALOGUE.flatMap((entry) => {
    const wantedPort =
      base === undefined || entry.kind === 'sandbox' ? entry.defaultPort : entry.kind === 'gateway' ? base : nextPort++;
    return Array.from({ length: options.replicas.get(entry.name) ?? 1 }, (_, index) => ({
      entry,
      instance: index === 0 ? entry.name : `${entry.name}-${index + 1}`,
      wantedPort: index === 0 ? wantedPort : 0,
    }));
  });
}
