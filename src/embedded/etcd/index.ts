/**
 * etcd's own v3 gRPC API, served from memory for one machine: what `npm start` registers its processes in when no real
 * etcd is given. The `etcd3` client and `etcdctl` work against it as they are.
 *
 * This folder may import `@grpc/grpc-js` although it is no part of the chassis: it serves a foreign protocol, on bare
 * grpc-js and with etcd's own protos, and none of the chassis's middleware has a place in it.
 */
export {
  createEmbeddedEtcd,
  type EmbeddedEtcd,
  type EmbeddedEtcdLogger,
  type EmbeddedEtcdOptions,
} from './embedded-etcd.ts';
