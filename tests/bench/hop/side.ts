// One side of one peer, in a process of its own: `node side.ts serve|call <peer> <etcd> <collector> [<address>]`. The bench talks to it
// over IPC (side-process.ts) and ends it; it ends by itself when the bench is gone.
import { load } from './load.ts';
import { PEERS } from './peers.ts';
import type { SideReply, SideRequest } from './side-process.ts';

const [, , side = '', name = '', etcd = '', collector = '', address = ''] = process.argv;

process.once('disconnect', () => process.exit(0));
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => undefined); // Ctrl-C is the bench's to handle

const peer = await PEERS.find((entry) => entry.name === name)?.load();
if (peer === undefined) throw new Error(`there is no peer ${name}`);
const served = side === 'serve' ? await peer.serve({ etcd, collector }) : undefined;
const caller = side === 'call' ? await peer.connect(address, { etcd, collector }) : undefined;

process.on('message', (request: SideRequest) => {
  answer(request).then(
    (value) => reply({ kind: 'value', value }),
    (error: unknown) => reply({ kind: 'failed', text: error instanceof Error ? (error.stack ?? '') : String(error) }),
  );
});
reply({ kind: 'value', value: served?.address ?? '' });

async function answer(request: SideRequest): Promise<unknown> {
  switch (request.kind) {
    case 'load':
      if (caller === undefined) throw new Error('only the calling side makes load');
      return load(caller, request.concurrency, request.durationMs);
    case 'cpu': {
      const { user, system } = process.cpuUsage();
      return user + system;
    }
    case 'stop':
      await caller?.[Symbol.asyncDispose]();
      await served?.[Symbol.asyncDispose]();
      return undefined;
  }
}

function reply(message: SideReply): void {
  process.send?.(message);
}
