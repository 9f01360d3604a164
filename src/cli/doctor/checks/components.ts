import type { Part } from '../../../chassis/health/index.ts';
import { findings, type Finding, type Trouble } from '../finding.ts';
import { answering, type AdminSnapshot, type SuiteSnapshot } from '../snapshot.ts';

/** What to do about a component, by its name. */
const ADVICE: Readonly<Record<string, string>> = {
  database:
    'See that its PostgreSQL runs and that DATABASE_URL (at /config) names it; the process goes on by itself then.',
  registry: 'See that the registry answers this process; it registers again by itself.',
  background: 'Read the error in its log; the task is run again by itself, calls are served meanwhile.',
  consumers: 'See who is behind with `tradewind events lag`; one that waits for its publisher goes on by itself.',
  grpc: 'It is starting or draining: wait, and look at its log when that does not end.',
};

/** Another check tells these with more. */
const TOLD_ELSEWHERE: ReadonlySet<string> = new Set(['configuration', 'settings']);

/** What each process says of its own components. Of neighbours, one that is needed is worse than one that is not. */
export function checkComponents(snapshot: SuiteSnapshot): readonly Finding[] {
  const all = answering(snapshot);
  const troubles = all.flatMap(({ instance, admin }) =>
    Object.entries(admin.readiness.components).flatMap(([name, state]) =>
      state.status === 'healthy' || TOLD_ELSEWHERE.has(name) ? [] : troublesOf(instance.id, name, state),
    ),
  );
  return findings('health', troubles, `every component of ${all.length} processes is healthy`);
}

type State = Exclude<AdminSnapshot['readiness']['components'][string], { readonly status: 'healthy' }>;

function troublesOf(instance: string, name: string, state: State): readonly Trouble[] {
  if (name === 'neighbours') return (state.parts ?? []).flatMap((part) => neighbourTrouble(instance, part));
  const advice = ADVICE[name] ?? 'Read why in its log.';
  const status = state.status === 'unhealthy' ? 'failing' : 'warning';
  return [{ status, found: `${instance}: ${name} is ${state.status} since ${state.since}: ${state.why}`, advice }];
}

function neighbourTrouble(instance: string, { name, need, status, why }: Part): readonly Trouble[] {
  if (status === 'healthy') return [];
  const found = `${instance} cannot rely on ${name} (${need ?? 'required'}): ${why ?? ''}`;
  const advice = `Mend ${name}: see what is said of it here, and its log.`;
  return [{ status: need === 'optional' ? 'warning' : 'failing', found, advice }];
}

/** Whether every database answers its process. */
export function checkDatabases(snapshot: SuiteSnapshot): readonly Finding[] {
  const owners = answering(snapshot).flatMap(({ instance, admin }) => {
    const { database } = admin.process;
    return database === undefined ? [] : [{ instance, database }];
  });
  const troubles = owners.flatMap(({ instance, database }): Trouble[] => {
    if (database.kind === 'failed') {
      return [{ status: 'failing', found: `${instance.id}: ${database.error}`, advice: ADVICE['database'] ?? '' }];
    }
    const { open, idle, waiting, max } = database.pool;
    if (waiting === 0) return [];
    const found = `${instance.id}: ${waiting} wait for one of ${max} connections (${open} open, ${idle} idle)`;
    const advice = 'Add a replica of it or look for slow statements (tradewind_database_statement_duration_seconds).';
    return [{ status: 'warning', found, advice }];
  });
  return findings('databases', troubles, `${owners.length} of ${owners.length} answer`);
}
