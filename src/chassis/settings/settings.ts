import type { CallLimitsConfig } from '../middleware/server/index.ts';
import type { SheddingOptions } from '../shedding/index.ts';

/** Levels of log lines, least important first. */
export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

/** One of them. */
export type LogLevel = (typeof LOG_LEVELS)[number];

/**
 * What an operator may change of a process while it runs. How it wants to be called is its service config, which its callers
 * follow; these are its own, and it follows them itself.
 */
export interface Settings {
  /** Lines below it are not written. */
  readonly logLevel: LogLevel;
  readonly sampling: {
    /** The part, from 0 to 1, of the traces that begin here which is recorded. */
    readonly ratio: number;
    /** Calls that take longer are kept whatever the ratio says, in milliseconds. */
    readonly slowMs: number;
  };
  /** When calls are refused for load; false: never. */
  readonly shedding: SheddingOptions | false;
  readonly limits: CallLimitsConfig;
}

/** What somebody writes: the rest stays as the process was started. */
export interface GivenSettings {
  readonly logLevel?: LogLevel | undefined;
  readonly sampling?: Partial<Settings['sampling']> | undefined;
  readonly shedding?: Partial<SheddingOptions> | false | undefined;
  readonly limits?: Partial<CallLimitsConfig> | undefined;
}

/** Where a process's settings stand, beside its service config. */
export function settingsKey(process: string): string {
  return `/tradewind/settings/${process}`;
}

/** What is given, and the defaults for the rest. `otherwise` completes shedding where the process was started without. */
export function completeSettings(
  { logLevel, sampling, shedding, limits }: GivenSettings,
  defaults: Settings,
  otherwise: SheddingOptions,
): Settings {
  return {
    logLevel: logLevel ?? defaults.logLevel,
    sampling: { ...defaults.sampling, ...sampling },
    shedding:
      shedding === undefined || shedding === false
        ? (shedding ?? defaults.shedding)
        : { ...(defaults.shedding === false ? otherwise : defaults.shedding), ...shedding },
    limits: { ...defaults.limits, ...limits },
  };
}
