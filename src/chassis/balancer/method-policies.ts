import type { Picker } from './picker.ts';
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
    const byMethod = new Map<string, Picker>(); // as many as a contract has methods
    const find = (method: string): Picker => {
      const ofService = `${method.slice(0, method.lastIndexOf('/'))}/*`;
      const picker = pickers.get(method) ?? pickers.get(ofService) ?? others;
      byMethod.set(method, picker);
      return picker;
    };
    return { pick: (info) => (byMethod.get(info.method) ?? find(info.method)).pick(info) };
  };
}
