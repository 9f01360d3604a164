import type { Picker, PickResult } from './picker.ts';

/** Told of every attempt, whichever policy chose its endpoint. */
export interface AttemptObserver {
  /** By address: what `started` and `ended` are called with, so that neither has to search for it. */
  of(address: string): AttemptRecord;
}

/** One endpoint's. */
export interface AttemptRecord {
  started(): void;
  /** The gRPC status number. */
  ended(code: number): void;
}

/**
 * Puts the observer in front of what the policies want to know of an attempt. Policies give the same result object for each
 * call of an endpoint, so what is put around it is kept by that object and made once.
 */
export function createPickTracking(observer: AttemptObserver): (picker: Picker) => Picker {
  const tracked = new WeakMap<PickResult, PickResult>();
  const track = (result: Extract<PickResult, { kind: 'picked' }>): PickResult => {
    const { subchannel, onStart, onEnd } = result;
    const record = observer.of(subchannel.address);
    const made: PickResult = {
      kind: 'picked',
      subchannel,
      onStart(nowMs) {
        record.started();
        onStart?.(nowMs);
      },
      onEnd(code, durationMs, nowMs) {
        record.ended(code);
        onEnd?.(code, durationMs, nowMs);
      },
    };
    tracked.set(result, made);
    return made;
  };
  return (picker) => ({
    pick(info) {
      const result = picker.pick(info);
      return result.kind === 'picked' ? (tracked.get(result) ?? track(result)) : result;
    },
  });
}
