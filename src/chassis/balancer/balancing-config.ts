import { DEFAULT_EJECTION, type EjectionOptions } from './outlier-ejection.ts';
import { DEFAULT_PANIC_BELOW } from './pickable.ts';
import type { PolicyConfig } from './policies/index.ts';
import type { Route } from './routes.ts';
import type { SubsetOptions } from './subset.ts';
import { DEFAULT_ZONE, type ZoneOptions } from './zone-preference.ts';

/** How the calls to one process are spread; may change while calls go on. */
export interface BalancingConfig {
  readonly balancing: {
    /** Undefined: the policy of the client factory. */
    readonly policy?: PolicyConfig | undefined;
    /** By "/package.Service/Method", or "/package.Service/*". */
    readonly methods: Readonly<Record<string, PolicyConfig>>;
  };
  readonly zone: ZoneOptions;
  readonly routes: readonly Route[];
  /** Undefined: a client connects to every endpoint. */
  readonly subset: SubsetOptions | undefined;
  /** Whose health is watched at each endpoint, "" is the whole process; undefined: nobody's. */
  readonly health: { readonly service: string } | undefined;
  /** Undefined: nobody is ejected. */
  readonly ejection: EjectionOptions | undefined;
  /** The part of endpoints below which the unhealthy and ejected are used too, 0 to 1. Default 0.25. */
  readonly panicBelow: number;
}

/** Everything, everywhere, alike; who fails is left alone. */
export const DEFAULT_BALANCING: BalancingConfig = {
  balancing: { methods: {} },
  zone: DEFAULT_ZONE,
  routes: [],
  subset: undefined,
  health: { service: '' },
  ejection: DEFAULT_EJECTION,
  panicBelow: DEFAULT_PANIC_BELOW,
};
