import { HealthCheckResponse_ServingStatus, HealthDefinition } from '../../../gen/health/v1/health.ts';
import { CATALOGUE } from '../../catalogue.ts';
import type { ReadinessJson } from '../../chassis/admin/index.ts';
import type { ClientFactory, TargetStatus } from '../../chassis/client/index.ts';
import { AppError, type Clock } from '../../chassis/core/index.ts';
import type { BacklogStatus, ProcessFacts } from '../../chassis/diagnostics/index.ts';
import type { Instance } from '../../chassis/registry/index.ts';
import type { AdminSnapshot, Answer, InstanceSnapshot } from './snapshot.ts';

/** What an instance is asked with. */
interface Asking {
  readonly clients: ClientFactory;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Who takes longer for one answer does not answer, in milliseconds. */
const TIMEOUT_MS = 4_000;

/** Asks one instance at both its ports. Never rejects. */
export async function askInstance(instance: Instance, asking: Asking): Promise<InstanceSnapshot> {
  const [serving, admin] = await Promise.all([
    answerOf(() => isServing(instance, asking)),
    instance.adminAddress === undefined
      ? undefined
      : answerOf(() => askAdminPort(`http://${instance.adminAddress}`, asking)),
  ]);
  return { instance, serving, admin };
}

async function isServing({ process, address }: Instance, { clients, signal }: Asking): Promise<boolean> {
  if (CATALOGUE.find(({ name }) => name === process)?.kind === 'gateway') {
    await fetch(`http://${address}/`, { method: 'HEAD', signal: within(signal) }); // whatever it answers, it does
    return true;
  }
  const client = clients.client(HealthDefinition, `static:///${address}`);
  const { status } = await client.check({ service: '' }, { signal, timeoutMs: TIMEOUT_MS });
  return status === HealthCheckResponse_ServingStatus.SERVING;
}

async function askAdminPort(url: string, { clock, signal }: Asking): Promise<AdminSnapshot> {
  const askedMs = clock.monotonicMs();
  const [{ facts, ...clockFacts }, readiness, { backlogs }, { targets }] = await Promise.all([
    getJson<ProcessFacts>(`${url}/process`, signal).then((process) => ({
      facts: process,
      clockAheadMs: process.nowMs - clock.now(),
      clockErrorMs: clock.monotonicMs() - askedMs,
    })),
    getJson<ReadinessJson>(`${url}/health/ready`, signal),
    getJson<{ readonly backlogs: readonly BacklogStatus[] }>(`${url}/backlogs`, signal),
    getJson<{ readonly targets: readonly TargetStatus[] }>(`${url}/targets`, signal),
  ]);
  return { ...clockFacts, process: facts, readiness, backlogs, targets };
}

/** The answer's JSON, whatever its status: /health/ready answers 503 with it. It is of our own code, of this or a near version. */
async function getJson<Json>(url: string, signal: AbortSignal): Promise<Json> {
  const response = await fetch(url, { signal: within(signal) });
  if (!response.ok && response.status !== 503) throw new Error(`${url} answers ${response.status}`);
  return (await response.json()) as Json;
}

function within(signal: AbortSignal): AbortSignal {
  return AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]);
}

async function answerOf<Value>(ask: () => Promise<Value>): Promise<Answer<Value>> {
  try {
    return { kind: 'answered', value: await ask() };
  } catch (error) {
    return { kind: 'failed', error: describe(error) };
  }
}

function describe(error: unknown): string {
  if (error instanceof AppError) return `${error.status}: ${error.message}`;
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message; // fetch hides what went wrong
}
