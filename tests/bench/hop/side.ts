// One side of one peer, in a process of its own: `node side.ts serve|call <peer> <etcd> <collector> [<address>]`.
import { answerRequests } from '../answer-requests.ts';
import { load } from '../load.ts';
import { PEERS } from './peers.ts';
import { USER_ID } from './question.ts';

/** What the bench asks of a side. */
export type HopRequest =
  | { readonly kind: 'load'; readonly concurrency: number; readonly durationMs: number }
  /** The process's CPU time so far, in microseconds. */
  | { readonly kind: 'cpu' };

const [, , side = '', name = '', etcd = '', collector = '', address = ''] = process.argv;

const peer = await PEERS.find((entry) => entry.name === name)?.load();
if (peer === undefined) throw new Error(`there is no peer ${name}`);
const served = side === 'serve' ? await peer.serve({ etcd, collector }) : undefined;
const caller = side === 'call' ? await peer.connect(address, { etcd, collector }) : undefined;

async function call(): Promise<void> {
  if (caller === undefined) throw new Error('only the calling side makes load');
  const id = await caller.call();
  if (id !== USER_ID) throw new Error(`asked for user ${USER_ID}, got "${id}"`);
}

answerRequests<HopRequest>({
  ready: served?.address ?? '',
  async answer(request) {
    if (request.kind === 'load') return load(call, request.concurrency, request.durationMs);
    const { user, system } = process.cpuUsage();
    return user + system;
  },
  async stop() {
    await caller?.[Symbol.asyncDispose]();
    await served?.[Symbol.asyncDispose]();
  },
});
