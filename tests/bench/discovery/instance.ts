// One instance of the bench's service, in a process of its own: `node instance.ts <etcd> <id>`. It listens at once, registers
// when it is told, and says when it did and when the first call came. Times are of the machine's one monotonic clock.
import { systemClock, systemRandom } from '../../../src/chassis/core/index.ts';
import { createEtcdRegistry, type Registration } from '../../../src/chassis/registry/index.ts';
import { bind, createServer } from '../../../src/chassis/server/index.ts';
import { loadContract } from '../../../src/chassis/contract/index.ts';
import { ANSWER, QuestionServiceDefinition } from '../hop/question.ts';
import { PROCESS, TTL_SECONDS, nowMs } from './place.ts';

/** What the bench is told. */
export type InstanceMessage =
  | { readonly kind: 'listening'; readonly address: string }
  | { readonly kind: 'registering'; readonly atMs: number }
  | { readonly kind: 'firstCall'; readonly atMs: number };

const [, , etcd = '', id = ''] = process.argv;
process.once('disconnect', () => process.exit(0));
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => undefined); // Ctrl-C is the bench's to handle
const say = (message: InstanceMessage) => process.send?.(message);

let isFirst = true;
const server = createServer({
  process: PROCESS,
  contract: await loadContract(),
  services: [
    bind(QuestionServiceDefinition, {
      getUser: async () => {
        if (isFirst) say({ kind: 'firstCall', atMs: nowMs() });
        isFirst = false;
        return ANSWER;
      },
    }),
  ],
});
const port = await server.listen({ host: '127.0.0.1', port: 0 });
server.health.set('serving');
const address = `127.0.0.1:${port}`;
const registry = await createEtcdRegistry({
  endpoints: [etcd],
  leaseTtlSeconds: TTL_SECONDS,
  clock: systemClock,
  random: systemRandom,
});
let registration: Registration | undefined;
process.on('message', () => {
  say({ kind: 'registering', atMs: nowMs() });
  registration ??= registry.register({
    ...{ process: PROCESS, id, address, weight: 100, zone: '', version: '', metadata: {} },
    startedAt: new Date().toISOString(),
  });
});
say({ kind: 'listening', address });
