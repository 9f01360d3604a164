import { Session } from 'node:inspector/promises';

import { AppError, abortError, type Clock } from '../core/index.ts';

/** What can be profiled: where the time goes, or what allocates the memory that is still held. */
export type ProfileKind = 'cpu' | 'heap';

/** A way to profile, in the words of V8's inspector. */
interface Profiler {
  start(session: Session): Promise<void>;
  stop(session: Session): Promise<object>;
}

/**
 * Between two samples of the heap, in bytes: V8's own default is twice as fine. A snapshot of the whole heap is not offered: it
 * holds every text in memory, secrets among them, doubles the memory and stops the process for seconds.
 */
const HEAP_SAMPLE_BYTES = 64 * 1024;

const PROFILERS: Readonly<Record<ProfileKind, Profiler>> = {
  cpu: {
    async start(session) {
      await session.post('Profiler.enable');
      await session.post('Profiler.start');
    },
    stop: async (session) => (await session.post('Profiler.stop')).profile,
  },
  heap: {
    start: (session) => session.post('HeapProfiler.startSampling', { samplingInterval: HEAP_SAMPLE_BYTES }),
    stop: async (session) => (await session.post('HeapProfiler.stopSampling')).profile,
  },
};

/** Profiles this process, one profile at a time. */
export interface ProfileRecorder {
  /**
   * Resolves with the profile, as Chrome's developer tools read it, after this time. Throws ABORTED (PROFILE_RUNNING) while
   * another is being taken, and an AbortError when the signal fires, which ends the profile at once.
   */
  record(kind: ProfileKind, options: { readonly durationMs: number; readonly signal: AbortSignal }): Promise<object>;
}

/** Makes the one recorder of a process: V8 profiles a process as a whole, whoever asks. */
export function createProfileRecorder(clock: Clock): ProfileRecorder {
  let running: ProfileKind | undefined;
  return {
    async record(kind, { durationMs, signal }) {
      if (running !== undefined) throw alreadyRunning(running);
      if (signal.aborted) throw abortError(signal);
      running = kind;
      const session = new Session();
      session.connect();
      try {
        await PROFILERS[kind].start(session);
        await clock.sleep(durationMs, signal);
        return await PROFILERS[kind].stop(session);
      } finally {
        session.disconnect(); // ends what is still being recorded
        running = undefined;
      }
    },
  };
}

function alreadyRunning(kind: ProfileKind): AppError {
  return new AppError({
    status: 'ABORTED',
    reason: 'PROFILE_RUNNING',
    message: `a ${kind} profile of this process is being taken; ask again when it is done`,
    domain: 'tradewind',
  });
}
