// One side of what the events bench measures, in a process of its own: `node side.ts teller|listener|bare-publisher|bare-consumer`.
import { answerRequests } from '../answer-requests.ts';
import { openBareConsumer, openBarePublisher } from './bare-jetstream.ts';
import { openListener } from './listener.ts';
import { openTeller } from './teller.ts';

/** What the bench asks of a side that writes or publishes. */
export type WriteRequest =
  /** Writes until so many were written since it was opened; answered when they are committed. */
  | { readonly kind: 'write'; readonly upTo: number }
  /** Writes evenly. */
  | { readonly kind: 'pace'; readonly perSecond: number; readonly durationMs: number }
  /** Its CPU time so far, in microseconds. */
  | { readonly kind: 'cpu' };

/** What the bench asks of a side that reads. */
export type ReadRequest =
  /** How many events had their effect committed. */
  | { readonly kind: 'handled' }
  /** Delays since it was asked last; see Delays. */
  | { readonly kind: 'delays' }
  | { readonly kind: 'cpu' };

/** From the time of an event, a moment before its own commit, to the commit of its effect. */
export interface Delays {
  readonly p50Ms: number;
  readonly p99Ms: number;
}

const OPEN = {
  teller: openTeller,
  listener: openListener,
  'bare-publisher': openBarePublisher,
  'bare-consumer': openBareConsumer,
} as const;

const [, , role = ''] = process.argv;
if (!(role in OPEN)) throw new Error(`there is no side ${role}`);
const side = await OPEN[role as keyof typeof OPEN](process.env);

answerRequests<WriteRequest | ReadRequest>({
  ready: side.ready,
  async answer(request) {
    if (request.kind === 'cpu') {
      const { user, system } = process.cpuUsage();
      return user + system;
    }
    return side.answer(request);
  },
  stop: () => side.stop(),
});
