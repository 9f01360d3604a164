import { AppError, type ErrorStatus } from '../../chassis/core/index.ts';

/**
 * What etcd says no with: its status codes and its texts to the letter, because clients tell errors apart by them.
 * Source: etcd, etcdserver/api/v3rpc/rpctypes/error.go.
 */
const ETCD_ERRORS = {
  EMPTY_KEY: ['INVALID_ARGUMENT', 'etcdserver: key is not provided'],
  KEY_NOT_FOUND: ['INVALID_ARGUMENT', 'etcdserver: key not found'],
  VALUE_PROVIDED: ['INVALID_ARGUMENT', 'etcdserver: value is provided'],
  LEASE_PROVIDED: ['INVALID_ARGUMENT', 'etcdserver: lease is provided'],
  TOO_MANY_OPS: ['INVALID_ARGUMENT', 'etcdserver: too many operations in txn request'],
  DUPLICATE_KEY: ['INVALID_ARGUMENT', 'etcdserver: duplicate key given in txn request'],
  COMPACTED: ['OUT_OF_RANGE', 'etcdserver: mvcc: required revision has been compacted'],
  FUTURE_REVISION: ['OUT_OF_RANGE', 'etcdserver: mvcc: required revision is a future revision'],
  LEASE_NOT_FOUND: ['NOT_FOUND', 'etcdserver: requested lease not found'],
  LEASE_EXISTS: ['FAILED_PRECONDITION', 'etcdserver: lease already exists'],
  LEASE_TTL_TOO_LARGE: ['OUT_OF_RANGE', 'etcdserver: too large lease TTL'],
  AUTH_NOT_ENABLED: ['FAILED_PRECONDITION', 'etcdserver: authentication is not enabled'],
  STOPPED: ['UNAVAILABLE', 'etcdserver: server stopped'],
} as const satisfies Record<string, readonly [ErrorStatus, string]>;

/** The name of one of etcd's errors. */
export type EtcdErrorReason = keyof typeof ETCD_ERRORS;

/** One of etcd's own errors, with its status and its exact text. */
export function etcdError(reason: EtcdErrorReason): AppError {
  const [status, message] = ETCD_ERRORS[reason];
  return new AppError({ status, reason, message, domain: 'etcd' });
}
