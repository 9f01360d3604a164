import { createEmbeddedEtcd } from '../../src/embedded/etcd/index.ts';

/** The embedded etcd as a process of its own; prints its address once it serves. SIGKILL ends it. */
const [, , port = '0'] = process.argv;
const server = await createEmbeddedEtcd({ host: '127.0.0.1', port: Number(port) });
process.stdout.write(`${server.address}\n`);
