import type { Peer } from './peer.ts';

/** One row of the table. */
export interface PeerEntry {
  readonly name: string;
  /** From tests/bench/package.json: only there once that is installed. */
  readonly isInstalledApart: boolean;
  /** Loads its code, in the process that runs it and nowhere else. */
  readonly load: () => Promise<Peer>;
}

/** What all others are measured by. */
export const BASELINE = 'grpc-js';

/** Every row, in the table's order. */
export const PEERS: readonly PeerEntry[] = [
  own(BASELINE, async () => (await import('./peers/grpc-js.ts')).grpcJs),
  own('nice-grpc', async () => (await import('./peers/nice-grpc.ts')).niceGrpc),
  apart('nice-grpc+middlewares', async () => (await import('./peers/nice-grpc-middlewares.ts')).niceGrpcMiddlewares),
  apart('connect-node', async () => (await import('./peers/connect-node.ts')).connectNode),
  apart('nestjs', async () => (await import('./peers/nestjs.ts')).nestjs),
  apart('moleculer', async () => (await import('./peers/moleculer.ts')).moleculer),
  own('tradewind/plain', async () => (await import('./peers/tradewind.ts')).tradewindPeer('plain')),
  own('tradewind/multiplexed', async () => (await import('./peers/tradewind.ts')).tradewindPeer('multiplexed')),
];

function own(name: string, load: PeerEntry['load']): PeerEntry {
  return { name, isInstalledApart: false, load };
}

function apart(name: string, load: PeerEntry['load']): PeerEntry {
  return { name, isInstalledApart: true, load };
}
