import { AppError, randomInteger, type Random } from '../core/index.ts';
import { QUEUE_PICKER, type PickInfo, type PickResult, type Picker } from './picker.ts';
import { xxhash32 } from './policies/xxhash32.ts';
import { lazyPicker, partOf, type PickerOver, type Population } from './population.ts';
import { matchesMethod } from './method-policies.ts';

/** Which versions of a process take which calls: the first route that a call matches holds, and none means any version. */
export interface Route {
  /** Both hold; absent: every call. */
  readonly when?:
    | {
        /** "/package.Service/Method", or "/package.Service/*" for all of its methods. */
        readonly method?: string | undefined;
        /** The call carries the header with exactly this value. */
        readonly header?: { readonly name: string; readonly value: string } | undefined;
      }
    | undefined;
  /** Shares of the calls by weight; a version with nobody to pick passes its share on to the others. */
  readonly to: readonly { readonly version: string; readonly weight: number }[];
  /** Calls of one value of this header stay with one version, also when weights move; others are drawn. */
  readonly by?: { readonly header: string } | undefined;
  /** True: with nobody to pick in any of its versions calls wait or fail. Default false: they go to any version. */
  readonly strict?: boolean | undefined;
}

interface CompiledRoute {
  readonly route: Route;
  readonly picker: Picker;
}

/** Splits calls between versions. A retry goes to another of the route's versions when its own has nobody else. */
export function createRouting(over: PickerOver, routes: readonly Route[], random: Random): PickerOver {
  return (population) => {
    const any = lazyPicker(() => over(population));
    const compiled = routes.map((route) => ({ route, picker: routePicker(route, population, over, any, random) }));
    return {
      pick(info) {
        for (const { route, picker } of compiled satisfies readonly CompiledRoute[]) {
          if (matches(route, info)) return picker.pick(info);
        }
        return any.pick(info);
      },
    };
  };
}

function matches({ when }: Route, info: PickInfo): boolean {
  if (when === undefined) return true;
  if (when.method !== undefined && !matchesMethod(when.method, info.method)) return false;
  return when.header === undefined || info.header(when.header.name) === when.header.value;
}

interface Choice {
  readonly weight: number;
  readonly picker: Picker;
}

function routePicker(route: Route, population: Population, over: PickerOver, any: Picker, random: Random): Picker {
  const choices = route.to.flatMap(({ version, weight }): Choice[] => {
    const part = partOf(population, (endpoint) => endpoint.version === version);
    if (weight === 0 || part.pickable.length === 0) return [];
    return [{ weight, picker: lazyPicker(() => over(part)) }];
  });
  if (choices.length === 0) return route.strict === true ? nobodyPicker(route, population) : any;
  if (choices.length === 1) return choices[0]!.picker; // its length is 1
  return splitPicker(choices, route.by?.header, random);
}

/** Each choice owns a stretch of the line from 0 to the sum of the weights; the first keep theirs when weights move. */
function splitPicker(choices: readonly Choice[], header: string | undefined, random: Random): Picker {
  const total = choices.reduce((sum, { weight }) => sum + weight, 0);
  const placeOf = (info: PickInfo): number => {
    const key = header === undefined ? undefined : info.header(header);
    return key === undefined ? random.next() * total : (xxhash32(key) / 2 ** 32) * total;
  };
  const indexAt = (place: number): number => {
    let index = 0;
    for (let end = choices[0]!.weight; end <= place; end += choices[index]!.weight) index++; // a place is below the sum
    return index;
  };
  return {
    pick(info) {
      const first = indexAt(placeOf(info));
      const result = choices[first]!.picker.pick(info);
      if (result.kind !== 'picked' || result.subchannel !== info.avoid) return result;
      const other = (first + 1 + randomInteger(random, choices.length - 1)) % choices.length;
      return choices[other]!.picker.pick(info); // another index of the same list
    },
  };
}

/** For a strict route: waits while one of its versions may still come. */
function nobodyPicker({ to }: Route, { known }: Population): Picker {
  const versions = to.filter(({ weight }) => weight > 0).map(({ version }) => version);
  if (known.some(({ endpoint, isPending }) => isPending && versions.includes(endpoint.version))) return QUEUE_PICKER;
  const fail = (): PickResult => ({
    kind: 'fail',
    error: new AppError({
      status: 'UNAVAILABLE',
      reason: 'NO_ENDPOINTS',
      domain: 'tradewind',
      message: `no endpoint of version ${versions.join(' or ')} can be called, and the route is strict`,
    }),
  });
  return { pick: fail };
}
