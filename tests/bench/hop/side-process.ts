import type { Load } from '../load.ts';
import { startSideProcess } from '../side-process.ts';
import type { HopRequest } from './side.ts';

/** One side of a peer, as the bench sees it. */
export interface HopSide extends AsyncDisposable {
  /** Where a server listens; empty for a client. */
  readonly address: string;
  load(concurrency: number, durationMs: number): Promise<Load>;
  cpuUs(): Promise<number>;
}

/** Starts `hop/side.ts` with these arguments; resolves when it is ready. */
export async function startSide(args: readonly string[]): Promise<HopSide> {
  const side = await startSideProcess<HopRequest>(new URL('./side.ts', import.meta.url), { args });
  return {
    address: String(side.ready),
    load: async (concurrency, durationMs) => (await side.ask({ kind: 'load', concurrency, durationMs })) as Load, // side.ts answers so
    cpuUs: async () => Number(await side.ask({ kind: 'cpu' })),
    [Symbol.asyncDispose]: () => side[Symbol.asyncDispose](),
  };
}
