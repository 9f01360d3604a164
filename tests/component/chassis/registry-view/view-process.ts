import { Writable } from 'node:stream';

import { startService } from '../../../../src/chassis/lifecycle/index.ts';
import { profileService } from '../lifecycle/profile-service.ts';

const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });

/** Whatever the routes answer, all of it optional to a test. */
export interface Answer {
  readonly processes: readonly string[];
  readonly instances: readonly unknown[];
  readonly instance: unknown;
  readonly position: string;
  readonly ttlSeconds: number;
  readonly expireTime: string;
  readonly details: readonly {
    readonly reason?: string;
    readonly metadata?: unknown;
    readonly fieldViolations?: readonly { readonly field: string }[];
  }[];
}

/** A process of the suite over this etcd, and requests to its admin port. */
export async function startViewProcess(etcd: string, instance: string) {
  const service = await startService(
    profileService(),
    {
      ...{ ETCD_ENDPOINTS: etcd, ETCD_LEASE_TTL_SECONDS: '2', INSTANCE_ID: instance },
      ...{ SHUTDOWN_GRACE_MS: '0', DRAIN_TIMEOUT_MS: '300' },
    },
    { logTo: nowhere },
  );
  return {
    grpc: service.grpc,
    url: `http://${service.http}`,
    stop: () => service.stop(),
    async call(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
      const response = await fetch(`http://${service.http}${path}`, {
        method,
        headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
        ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      });
      const text = await response.text();
      const json = (text === '' ? undefined : JSON.parse(text)) as Answer; // what a test reads of it, it checks
      return { status: response.status, headers: response.headers, body: json };
    },
    [Symbol.asyncDispose]: () => service.stop(),
  };
}

/** Where a fake program would listen. */
export const program = (id: string, extra: object = {}) => ({
  instance: { process: 'legacy', id, address: '127.0.0.1:7001', ...extra },
});
