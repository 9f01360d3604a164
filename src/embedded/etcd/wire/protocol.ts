import { fileURLToPath } from 'node:url';

import type { ServiceDefinition } from '@grpc/grpc-js';
import { load } from '@grpc/proto-loader';

/** The services of etcd's API that the server answers. */
const SERVICES = ['KV', 'Lease', 'Watch', 'Maintenance', 'Cluster', 'Auth'] as const;

/** The name of one of etcd's services. */
type EtcdServiceName = (typeof SERVICES)[number];

/** etcd's services as grpc-js serves them. */
export type EtcdProtocol = Readonly<Record<EtcdServiceName, ServiceDefinition>>;

/**
 * Reads etcd's protos, the ones that the `etcd3` package ships. 64-bit numbers are decimal strings, enums numbers, and
 * bytes Buffers; a field that was not sent has its default, a member of a oneof that was not sent is absent.
 */
export async function loadProtocol(): Promise<EtcdProtocol> {
  const path = fileURLToPath(import.meta.resolve('etcd3/proto/rpc.proto'));
  const definitions = await load(path, { keepCase: true, longs: String, defaults: true, oneofs: true });
  const services = SERVICES.map((name) => [name, definitions[`etcdserverpb.${name}`]]);
  return Object.fromEntries(services) as EtcdProtocol; // rpc.proto has them all; a test calls each
}
