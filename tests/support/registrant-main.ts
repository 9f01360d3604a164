// A process that registers an instance and says each state it is in: node registrant-main.ts <etcd host:port> <id>
import { systemClock, systemRandom } from '../../src/chassis/core/index.ts';
import { createEtcdRegistry } from '../../src/chassis/registry/index.ts';
import { anInstance } from './watchers.ts';

const [endpoint = '', id = ''] = process.argv.slice(2);
const registry = await createEtcdRegistry({
  endpoints: [endpoint],
  ...{ clock: systemClock, random: systemRandom, leaseTtlSeconds: 2 },
});
const registration = registry.register(anInstance('127.0.0.1:1', { id }));
const say = () => process.stdout.write(`${registration.state.kind}\n`);
registration.events.on('registered', say);
registration.events.on('lost', say);
process.on('disconnect', () => process.exit());
