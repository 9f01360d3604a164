import { UsageError } from '../usage-error.ts';

/** A method as a person names it. */
export interface MethodName {
  /** What the service's full name ends with: "order.OrderService" or "tradewind.order.v1.OrderService". */
  readonly service: string;
  /** "GetOrder". */
  readonly method: string;
  /** The process that serves it, by our naming; --process overrules it. */
  readonly process: string;
}

/**
 * Reads `order.OrderService/GetOrder` or `tradewind.order.v1.OrderService/GetOrder`; a last dot may stand for the slash.
 * Throws a UsageError that shows the form.
 */
export function parseMethodName(text: string): MethodName {
  const match = /^((?:\w+\.)+\w+)[/.](\w+)$/.exec(text);
  if (match === null) {
    throw new UsageError(`"${text}" is no method; write it like order.OrderService/GetOrder`);
  }
  const [, service = '', method = ''] = match;
  const parts = service.split('.');
  return { service, method, process: (parts[0] === 'tradewind' ? parts[1] : parts[0]) ?? '' };
}

/**
 * The one of these full names that is meant: the name itself, or the one whose last part is the same and which has the
 * other parts in order ("order.OrderService" is tradewind.order.v1.OrderService). Throws a UsageError that lists them.
 */
export function findService(services: readonly string[], wanted: string): string {
  if (services.includes(wanted)) return wanted;
  const found = services.filter((service) => isMeant(service.split('.'), wanted.split('.')));
  const [only] = found;
  if (only !== undefined && found.length === 1) return only;
  const all = services.toSorted().join('\n  ');
  throw new UsageError(
    found.length === 0
      ? `there is no service ${wanted} there; there are\n  ${all}`
      : `${wanted} may be ${found.join(' or ')}; write its full name`,
  );
}

function isMeant(full: readonly string[], wanted: readonly string[]): boolean {
  if (full.at(-1) !== wanted.at(-1)) return false;
  let from = 0;
  return wanted.every((part) => {
    const at = full.indexOf(part, from);
    from = at + 1;
    return at >= 0;
  });
}
