import type { CallLimits } from '../middleware/server/index.ts';
import type { LoadShedder } from '../shedding/index.ts';
import type { FollowedSettings } from './follow-settings.ts';
import type { Settings } from './settings.ts';

/** The parts of a process that its settings change while it runs. */
export interface AdjustableParts {
  /** Of its logger. */
  readonly log: { level: string };
  readonly sampling: { change(rule: { readonly rootRatio: number; readonly slowMs: number }): void };
  readonly shedder: Pick<LoadShedder, 'configure'>;
  readonly callLimits: Pick<CallLimits, 'configure'>;
}

/** Puts the settings in force now, and each of those that come. A part whose own settings stayed the same is left as it is. */
export function applySettings(followed: FollowedSettings, parts: AdjustableParts): void {
  let applied: Settings | undefined;
  const changed = <Name extends keyof Settings>(name: Name, apply: (value: Settings[Name]) => void) => {
    const value = followed.config[name];
    if (JSON.stringify(value) !== JSON.stringify(applied?.[name])) apply(value);
  };
  const apply = () => {
    changed('logLevel', (level) => {
      parts.log.level = level;
    });
    changed('sampling', ({ ratio, slowMs }) => parts.sampling.change({ rootRatio: ratio, slowMs }));
    changed('shedding', (options) => parts.shedder.configure(options));
    changed('limits', (limits) => parts.callLimits.configure(limits));
    applied = followed.config;
  };
  followed.events.on('configured', apply);
  apply();
}
