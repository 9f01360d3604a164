import type { TargetStatus } from '../client/index.ts';
import { worstOf, type Check, type Finding, type Part } from '../health/index.ts';

/** Whether a process can do its work without a neighbour. */
export type Need = 'required' | 'optional';

/**
 * The component `neighbours`: what the process's own clients know of the processes it calls; nobody is asked for it. It is
 * never unhealthy: if a neighbour that is away took its callers out, theirs would follow, up to the gateway.
 */
export function neighboursCheck(
  targets: () => readonly TargetStatus[],
  needs: Readonly<Record<string, Need>> | undefined,
): Check {
  return async () => neighboursFinding(targets().map((target) => partOf(target, needs)));
}

function neighboursFinding(parts: readonly Part[]): Finding {
  if (worstOf(parts.map(({ status }) => status)) === 'healthy') return { status: 'healthy', parts };
  const away = parts.filter(({ status }) => status !== 'healthy');
  return { status: 'degraded', why: away.map(({ name, why }) => `${name}: ${why ?? ''}`).join('; '), parts };
}

function partOf(target: TargetStatus, needs: Readonly<Record<string, Need>> = {}): Part {
  const name = target.target.slice(target.target.lastIndexOf('/') + 1);
  const need = needs[name] ?? 'required';
  const why = whyDegraded(target);
  return why === undefined ? { name, need, status: 'healthy' } : { name, need, status: 'degraded', why };
}

function whyDegraded({ summary, breakers }: TargetStatus): string | undefined {
  const { endpoints, ready, pickable, panic } = summary;
  if (endpoints === 0) return 'no endpoint is known';
  if (ready === 0) return `none of ${endpoints} endpoints is connected`;
  if (panic === 'unhealthy') return `${summary.unhealthy} of ${ready} connected endpoints say that they do not serve`;
  if (pickable === 0) return `none of ${ready} connected endpoints can be called yet`;
  const refusing = breakers.filter(({ state }) => state.kind !== 'closed');
  return refusing.length === 0 ? undefined : `calls are refused: ${refusing.map(describeBreaker).join(', ')}`;
}

function describeBreaker({ method, state }: TargetStatus['breakers'][number]): string {
  return `the breaker of ${method} is ${state.kind === 'halfOpen' ? 'half-open' : state.kind}`;
}
