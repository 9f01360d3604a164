import { backoffMs, raceAbort, type Clock, type Random } from '../../core/index.ts';
import type { Instance } from '../instance.ts';
import { createRegistration, type Tenure } from '../registration.ts';
import type { Registration } from '../registry.ts';
import { ConsulError, type ConsulClient } from './consul-client.ts';
import { checkIdOf, toConsulService } from './consul-service.ts';

/** Waits between heartbeats that fail. */
const BACKOFF = { baseMs: 100, maxMs: 1_000 };

/** What a registration is made with. */
export interface ConsulRegistrationOptions {
  readonly client: ConsulClient;
  /** Called once it is closed. */
  readonly onClosed: () => void;
  readonly clock: Clock;
  readonly random: Random;
  readonly ttlSeconds: number;
}

/**
 * A service of the agent with a TTL check: a heartbeat every third of the TTL, and the whole service again when the
 * agent does not know the check any more. The service's id is the instance's, so there is never a second one.
 */
export function createConsulRegistration(instance: Instance, options: ConsulRegistrationOptions): Registration {
  const { client, onClosed, clock, random, ttlSeconds } = options;
  let writing: Promise<void> = Promise.resolve();

  /** Not given up in the middle: what reaches the agent after the withdrawal would stay until it turns critical. */
  const write = (listed: Instance): Promise<void> =>
    (writing = client.registerService(toConsulService(listed, ttlSeconds)));
  return createRegistration(instance, {
    ...{ clock, random, onClosed },
    holdTenure: (tenure) => holdTenure({ ...options, ...tenure, checkId: checkIdOf(instance), write }),
    async withdraw() {
      await writing.catch(() => undefined); // it may have arrived all the same
      return client.deregisterService(instance.id).catch((error: unknown) => error);
    },
  });
}

interface TenureOptions extends Tenure, ConsulRegistrationOptions {
  readonly checkId: string;
  readonly write: (listed: Instance) => Promise<void>;
}

/** From registering to the loss of it: rejects with why it did not begin, or why it ended. */
async function holdTenure(options: TenureOptions): Promise<never> {
  const { client, clock, random, ttlSeconds, listing, checkId, write, onWritten, onRenewed, signal } = options;
  const ttlMs = ttlSeconds * 1_000;
  let renewedMs = clock.monotonicMs();
  let written = 0;

  /** The service where it changed, else a heartbeat: either keeps it listed. */
  const renew = async () => {
    const askedMs = clock.monotonicMs();
    const { instance, version } = listing.current();
    if (version === written) await client.passCheck(checkId, signal);
    else await raceAbort(write(instance), signal);
    renewedMs = askedMs;
    onRenewed(askedMs);
    if (version === written) return;
    written = version;
    onWritten(version, checkId);
  };

  await renew();
  for (let failures = 0; ;) {
    const { rings } = listing.changed;
    if (listing.current().version === written || failures > 0) {
      const waitMs = failures === 0 ? ttlMs / 3 : backoffMs(failures, BACKOFF, random);
      await listing.changed.after(rings, { timeoutMs: waitMs, signal });
    }
    try {
      await renew();
      failures = 0;
    } catch (error) {
      if (signal.aborted || isForgotten(error)) throw error;
      failures += 1;
      if (clock.monotonicMs() - renewedMs > (ttlMs * 2) / 3) throw error;
    }
  }
}

/** The agent answered that there is no such check. Before Consul 1.11 it said so with a 500. */
function isForgotten(error: unknown): boolean {
  if (!(error instanceof ConsulError)) return false;
  return error.status === 404 || /unknown check|does not have associated TTL/i.test(error.message);
}
