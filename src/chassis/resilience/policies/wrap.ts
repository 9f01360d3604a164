import type { Events } from '../../core/index.ts';
import { contextOf, type Policy, type PolicyEvents } from './policy.ts';

/**
 * One policy out of several, the outermost first. The usual order is `wrap(fallback, retry, breaker, bulkhead, timeout)`: each
 * attempt asks the breaker and takes a place of its own, the wait between attempts takes none, and the time a call waits for
 * its place is not counted against the callee.
 */
export function wrap<Fallback = never>(...policies: readonly Policy<Fallback>[]): Policy<Fallback> {
  const events: Events<PolicyEvents> = {
    on(name, listener) {
      const stops = policies.map((policy) => policy.events.on(name, listener));
      return () => stops.forEach((stop) => stop());
    },
  };
  return { events, execute: nested(policies).execute };
}

function nested<Fallback>([outer, ...inner]: readonly Policy<Fallback>[]): Pick<Policy<Fallback>, 'execute'> {
  if (outer === undefined) return { execute: (work, context) => work(contextOf(context)) };
  if (inner.length === 0) return outer;
  const rest = nested(inner);
  return { execute: (work, context) => outer.execute((own) => rest.execute(work, own), context) };
}
