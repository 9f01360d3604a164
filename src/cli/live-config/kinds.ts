import { loadContract } from '../../chassis/contract/index.ts';
import { parseServiceConfig, serviceConfigKey } from '../../chassis/service-config/index.ts';
import { methodsOf, parseSettings, settingsKey } from '../../chassis/settings/index.ts';

/** Something that an operator writes into the registry for a process. */
export interface LiveConfigKind {
  /** Where it stands. */
  keyOf(process: string): string;
  /** Throws INVALID_ARGUMENT that names every wrong field, as the one who follows it would. */
  check(json: string): Promise<void>;
}

/** What there is, by the command that changes it. */
export const LIVE_CONFIG_KINDS = {
  settings: {
    keyOf: settingsKey,
    check: async (json) => void parseSettings(json, methodsOf(await loadContract())),
  },
  'service-config': {
    keyOf: serviceConfigKey,
    check: async (json) => void parseServiceConfig(json),
  },
} as const satisfies Readonly<Record<string, LiveConfigKind>>;
