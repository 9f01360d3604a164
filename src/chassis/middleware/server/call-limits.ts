import { AppError, type Emitter } from '../../core/index.ts';
import type { ServerCallEvents } from './events.ts';
import { createLimiter, type CallLimit, type Limiter, type LimiterClock, type LimiterStatus } from './limiter.ts';
import type { ServerPart } from './part.ts';
import type { ServerCall } from './server-call.ts';

/** What one server lets be asked of it. */
export interface CallLimitsConfig {
  /** By "/package.Service/Method", or "/package.Service/*" for all its methods together: over all callers. */
  readonly methods: Readonly<Record<string, CallLimit>>;
  /** For each caller over all methods: its process where its certificate names one, else its host. */
  readonly perCaller: CallLimit;
}

/** Nothing is limited. */
export const NO_CALL_LIMITS: CallLimitsConfig = { methods: {}, perCaller: {} };

/** Where the limits stand. */
export interface CallLimitsStatus {
  readonly methods: Readonly<Record<string, LimiterStatus>>;
  readonly callers: Readonly<Record<string, LimiterStatus>>;
}

/** The limits of one server, changed while it serves. */
export interface CallLimits {
  /** From here on; who is inside stays. Throws a RangeError, with the field's name, for a limit that makes no sense. */
  configure(config: CallLimitsConfig): void;
  readonly status: CallLimitsStatus;
  readonly part: ServerPart;
}

/** Callers that are remembered; a new one beyond takes the place of one that has nothing under way. */
const MAX_CALLERS = 1_000;

/** Makes limits, none at first. What the contract exempts from load shedding is exempt from them. */
export function createCallLimits(events: Emitter<ServerCallEvents>, clock: LimiterClock): CallLimits {
  let methods = new Map<string, Limiter>();
  let callers = new Map<string, Limiter>();
  let perCaller: CallLimit = {};
  let isOff = true;

  const forgetIdle = (): void => {
    for (const [caller, { isIdle }] of callers) {
      if (!isIdle) continue;
      callers.delete(caller);
      return;
    }
  };
  const callerLimiter = (caller: string): Limiter => {
    const known = callers.get(caller);
    if (known !== undefined) return known;
    if (callers.size >= MAX_CALLERS) forgetIdle();
    const limiter = createLimiter(`calls of ${caller}`, perCaller, clock);
    callers.set(caller, limiter);
    return limiter;
  };

  const limitersOf = ({ served: { path }, caller, peer }: ServerCall): readonly Limiter[] => {
    const ofCaller = isLimited(perCaller) ? callerLimiter(caller ?? peer) : undefined;
    if (methods.size === 0) return ofCaller === undefined ? [] : [ofCaller];
    const ofService = methods.get(`${path.slice(0, path.lastIndexOf('/'))}/*`);
    return [methods.get(path), ofService, ofCaller].filter((limiter) => limiter !== undefined);
  };

  /** Nobody stays where a later limit refuses the call. */
  const refuse = (call: ServerCall, entered: readonly Limiter[], thrown: unknown): never => {
    for (const limiter of entered) limiter.leave();
    const { reason } = AppError.from(thrown);
    if (call.endedBy === undefined) events.emit('limited', { method: call.method, priority: call.priority, reason });
    throw thrown;
  };
  /** Through the limits from this one on; a promise only where a place has to be waited for. */
  const enter = (call: ServerCall, limiters: readonly Limiter[], from: number): Promise<void> | undefined => {
    for (let at = from; at < limiters.length; at++) {
      try {
        const waiting = limiters[at]!.enter(call); // an index below the length
        if (waiting !== undefined) return enterLater(call, limiters, { at, waiting });
      } catch (thrown) {
        refuse(call, limiters.slice(0, at), thrown);
      }
    }
    call.insideLimits = limiters;
    return undefined;
  };
  const enterLater = async (
    call: ServerCall,
    limiters: readonly Limiter[],
    { at, waiting }: { readonly at: number; readonly waiting: Promise<void> },
  ): Promise<void> => {
    await waiting.catch((thrown: unknown) => refuse(call, limiters.slice(0, at), thrown));
    // Ended between getting the place and hearing of it: nobody leaves for it any more.
    if (call.endedBy !== undefined) refuse(call, limiters.slice(0, at + 1), call.endedBy);
    await enter(call, limiters, at + 1);
  };

  return {
    configure(config) {
      const next = new Map(
        Object.entries(config.methods).map(([path, limit]) => [path, createLimiter(path, limit, clock)] as const),
      );
      createLimiter('any', config.perCaller, clock); // throws for what makes no sense, before anything changes
      methods = next;
      callers = new Map();
      perCaller = config.perCaller;
      isOff = methods.size === 0 && !isLimited(perCaller);
    },
    get status() {
      const statusOf = (of: ReadonlyMap<string, Limiter>) =>
        Object.fromEntries([...of].map(([name, { status }]) => [name, status] as const));
      return { methods: statusOf(methods), callers: statusOf(callers) };
    },
    part: {
      enter(call) {
        if (isOff || call.served.priority === 'exempt') return undefined;
        const limiters = limitersOf(call);
        return limiters.length === 0 ? undefined : enter(call, limiters, 0);
      },
      leave(call) {
        const { insideLimits } = call;
        if (insideLimits === undefined) return;
        const leave = () => {
          for (const limiter of insideLimits) limiter.leave();
        };
        // A handler whose caller has gone is still at work.
        if (call.leftBehind === undefined) leave();
        else void call.leftBehind.then(leave, leave);
      },
    },
  };
}

function isLimited({ ratePerSecond, maxConcurrent }: CallLimit): boolean {
  return ratePerSecond !== undefined || maxConcurrent !== undefined;
}
