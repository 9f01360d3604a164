import type { CourierName } from '../../../src/chassis/events/index.ts';
import { hasRealNats, realNats } from '../real-nats.ts';
import { hasRealRabbitmq, realRabbitmq } from '../real-rabbitmq.ts';
import type { RealServer } from '../real-server.ts';

/** A broker of its own, for one fleet. */
export interface Broker extends AsyncDisposable {
  readonly server: RealServer;
  /** How processes find it. */
  readonly environment: Readonly<Record<string, string>>;
}

/** Whether this machine has the server that a courier needs. */
export function hasBroker(courier: CourierName): boolean {
  switch (courier) {
    case 'feed':
      return true;
    case 'nats':
      return hasRealNats();
    case 'rabbitmq':
      return hasRealRabbitmq();
  }
}

/** Starts what a courier needs; undefined: nothing. */
export async function startBroker(courier: CourierName): Promise<Broker | undefined> {
  if (courier === 'feed') return undefined;
  const server = courier === 'nats' ? await realNats() : await realRabbitmq();
  if (server === undefined) throw new Error(`the server of ${courier} is not installed`);
  const environment = courier === 'nats' ? { NATS_URL: server.url } : { RABBITMQ_URL: server.url };
  return { server, environment, [Symbol.asyncDispose]: () => server.close() };
}
