import type { CourierName } from '../../../src/chassis/events/index.ts';

/** A broker of its own, for one fleet. */
export interface Broker extends AsyncDisposable {
  /** How processes find it. */
  readonly environment: Readonly<Record<string, string>>;
  /** SIGKILL. */
  kill(): Promise<void>;
  /** After kill(); at the same address, with its data. */
  start(): Promise<void>;
}

/** Whether this machine has the server that a courier needs. */
export function hasBroker(courier: CourierName): boolean {
  return courier === 'feed';
}

/** Starts what a courier needs; undefined: nothing. */
export async function startBroker(courier: CourierName): Promise<Broker | undefined> {
  if (courier === 'feed') return undefined;
  throw new Error(`no broker for ${courier}`);
}
