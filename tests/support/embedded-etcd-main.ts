import { createEmbeddedEtcd } from '../../src/embedded/etcd/index.ts';

/** The embedded etcd as a process of its own: tells its parent the address, and ends when that is gone or kills it. */
const [, , port = '0'] = process.argv;
process.on('disconnect', () => process.exit());
const server = await createEmbeddedEtcd({ host: '127.0.0.1', port: Number(port) });
process.send?.(server.address);
