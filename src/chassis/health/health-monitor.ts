import { createEmitter, type Clock, type Events } from '../core/index.ts';
import { look, type Check } from './check.ts';
import { isWorse, observe, startingComponent, worstOf, type Component, type ComponentState } from './component.ts';

/** How a process is, component by component. */
export interface HealthReport {
  /** False while any component is unhealthy. */
  readonly isReady: boolean;
  /** The worst component's. */
  readonly status: ComponentState['status'];
  readonly components: Readonly<Record<string, ComponentState>>;
}

/** What happens to the components of a process. */
export interface HealthEvents {
  /** A component came to be, or is told otherwise than before. */
  changed: { readonly name: string; readonly from: ComponentState['status']; readonly state: ComponentState };
}

/** The components of one process, looked at as long as it runs. */
export interface HealthMonitor extends AsyncDisposable {
  /** As it was told last; asks nobody. */
  readonly report: HealthReport;
  readonly events: Events<HealthEvents>;
  /** Names a component; without a check it is unhealthy, "starting". Resolves when the check was run once, which counts. */
  set(name: string, check?: Check): Promise<void>;
  /** Looks at all of them now. Callers at the same time share one look, however many they are. */
  look(): Promise<HealthReport>;
  /** Looks again and again from here on. */
  start(): void;
  /** Looks no more. Idempotent. */
  close(): Promise<void>;
}

/** Between two looks while all is well, in milliseconds: a look costs each process a ping of its database. */
const LOOK_EVERY_MS = 5_000;
/** The same while something is not, so that a recovery is seen soon. */
const LOOK_AGAIN_MS = 500;

/**
 * Makes a monitor without components. What looks worse than it is told is looked at once more before it is believed: a
 * single cut connection is not a database that is away.
 */
export function createHealthMonitor({ clock }: { readonly clock: Clock }): HealthMonitor {
  const events = createEmitter<HealthEvents>();
  const components = new Map<string, { readonly check: Check | undefined; component: Component }>();
  const closing = new AbortController();
  let looking: Promise<HealthReport> | undefined;
  let running: Promise<void> | undefined;

  const report = (): HealthReport => {
    const states = [...components].map(([name, { component }]) => [name, component.told] as const);
    const status = worstOf(states.map(([, state]) => state.status));
    return { isReady: status !== 'unhealthy', status, components: Object.fromEntries(states) };
  };

  async function lookAt(name: string): Promise<void> {
    const entry = components.get(name);
    if (entry?.check === undefined) return;
    const { told } = entry.component;
    let finding = await look(entry.check, clock);
    if (isWorse(finding.status, told.status)) finding = await look(entry.check, clock);
    if (components.get(name) !== entry) return; // another check has its name now
    entry.component = observe(entry.component, finding, { wall: clock.now(), monotonicMs: clock.monotonicMs() });
    const state = entry.component.told;
    if (state.status !== told.status) events.emit('changed', { name, from: told.status, state });
  }

  const lookAtAll = async () => {
    await Promise.all([...components.keys()].map(lookAt));
    looking = undefined;
    return report();
  };

  async function keepLooking(): Promise<void> {
    while (!closing.signal.aborted) {
      const { status } = await (looking ??= lookAtAll());
      const waitMs = status === 'healthy' ? LOOK_EVERY_MS : LOOK_AGAIN_MS;
      await clock.sleep(waitMs, closing.signal).catch(() => undefined); // closing: the loop ends
    }
  }

  const close = async () => {
    closing.abort();
    await running;
  };
  return {
    get report() {
      return report();
    },
    events,
    async set(name, check) {
      const from = components.get(name)?.component.told.status ?? 'unhealthy';
      const component = startingComponent(clock.now());
      components.set(name, { check, component });
      events.emit('changed', { name, from, state: component.told });
      await lookAt(name);
    },
    look: () => (looking ??= lookAtAll()),
    start: () => void (running ??= keepLooking()),
    close,
    [Symbol.asyncDispose]: close,
  };
}
