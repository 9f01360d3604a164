// Sagas of one peer, in a process of its own: `BENCH_DATABASE_URL=... node side.ts <peer>`.
import { answerRequests } from '../answer-requests.ts';
import { load } from '../load.ts';
import { SAGA_PEERS } from './peers.ts';

/** What the bench asks of a side. */
export type SagaRequest =
  | { readonly kind: 'load'; readonly concurrency: number; readonly durationMs: number }
  /** Report what the database's sessions have counted; answered with the transactions that this took. */
  | { readonly kind: 'flush' };

const [, , name = ''] = process.argv;

const peer = await SAGA_PEERS.find((entry) => entry.name === name)?.load();
if (peer === undefined) throw new Error(`there is no peer ${name}`);
const runner = await peer.open(process.env['BENCH_DATABASE_URL'] ?? '');

answerRequests<SagaRequest>({
  ready: undefined,
  answer: async (request) =>
    request.kind === 'load' ? load(runner.run, request.concurrency, request.durationMs) : runner.flushCounters(),
  stop: async () => runner[Symbol.asyncDispose](),
});
