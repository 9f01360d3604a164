import type { DestinationStream } from 'pino';

import type { Clock, NewId, Principal, Random } from '../core/index.ts';
import type { Registry } from '../registry/index.ts';
import type { ServiceContext } from './service-definition.ts';

/** Makes what verifies bearer tokens, once per process; a token that proves nothing makes it throw UNAUTHENTICATED. */
export type Authentication = (context: ServiceContext) => (token: string) => Promise<Principal>;

/** How a service is started; everything has a default. */
export interface StartOptions {
  /** Without it every call that carries a token is refused; calls without one are from inside the suite, as far as certificates do not say otherwise. */
  readonly authentication?: Authentication;
  /** Gives the start up: what is open already is closed. */
  readonly signal?: AbortSignal;
  /** Default: etcd at ETCD_ENDPOINTS. A registry given here is the caller's to close. */
  readonly registry?: Registry;
  /** Where log lines go; default: standard output. */
  readonly logTo?: DestinationStream;
  readonly clock?: Clock;
  readonly random?: Random;
  readonly newId?: NewId;
}
