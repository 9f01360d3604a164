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
  const inside = new WeakMap<ServerCall, readonly (() => void)[]>();
  let methods = new Map<string, Limiter>();
  let callers = new Map<string, Limiter>();
  let perCaller: CallLimit = {};
  let isOff = true;

  const callerLimiter = (caller: string): Limiter => {
    const known = callers.get(caller);
    if (known !== undefined) return known;
    if (callers.size >= MAX_CALLERS) {
      const idle = [...callers].find(([, limiter]) => limiter.isIdle);
      if (idle !== undefined) callers.delete(idle[0]);
    }
    const limiter = createLimiter(`calls of ${caller}`, perCaller, clock);
    callers.set(caller, limiter);
    return limiter;
  };

  const limitersOf = ({ served: { path }, caller, peer }: ServerCall): Limiter[] => {
    const service = methods.get(`${path.slice(0, path.lastIndexOf('/'))}/*`);
    const found = [methods.get(path), service, isLimited(perCaller) ? callerLimiter(caller ?? peer) : undefined];
    return found.filter((limiter) => limiter !== undefined);
  };

  const enter = async (call: ServerCall, limiters: readonly Limiter[]) => {
    const leave: (() => void)[] = [];
    try {
      for (const limiter of limiters) leave.push(await limiter.enter(call));
      inside.set(call, leave);
    } catch (thrown) {
      for (const leaveOne of leave) leaveOne();
      const { reason } = AppError.from(thrown);
      if (call.endedBy === undefined) events.emit('limited', { method: call.method, priority: call.priority, reason });
      throw thrown;
    }
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
        return limiters.length === 0 ? undefined : enter(call, limiters);
      },
      leave(call) {
        const places = inside.get(call);
        if (places === undefined) return;
        const leave = () => {
          for (const leaveOne of places) leaveOne();
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
