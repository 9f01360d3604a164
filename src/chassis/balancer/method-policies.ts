import { lazyPicker, type PickerOver } from './population.ts';

/**
 * True when the pattern names the method: "/package.Service/Method" that one, "/package.Service/*" all of its service.
 * Source: the names of gRPC's service config, https://github.com/grpc/grpc-proto/blob/master/grpc/service_config/service_config.proto
 */
export function matchesMethod(pattern: string, method: string): boolean {
  if (!pattern.endsWith('/*')) return pattern === method;
  return method.startsWith(pattern.slice(0, -1));
}

/** Gives methods policies of their own: the exact name first, then its service's, then everybody's. */
export function createMethodPolicies(fallback: PickerOver, byPattern: ReadonlyMap<string, PickerOver>): PickerOver {
  if (byPattern.size === 0) return fallback;
  return (population) => {
    const pickers = new Map([...byPattern].map(([pattern, over]) => [pattern, lazyPicker(() => over(population))]));
    const others = lazyPicker(() => fallback(population));
    return {
      pick(info) {
        const { method } = info;
        const picker = pickers.get(method) ?? pickers.get(`${method.slice(0, method.lastIndexOf('/'))}/*`) ?? others;
        return picker.pick(info);
      },
    };
  };
}
