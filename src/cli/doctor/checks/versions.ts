import { findings, type Finding, type Trouble } from '../finding.ts';
import { answering, type SuiteSnapshot } from '../snapshot.ts';

/** The least major version of Node that the suite runs on. */
const NODE_MAJOR = 24;

/** Whether replicas are the same code over the same schema, everybody has our contract, and Node is new enough. */
export function checkVersions(snapshot: SuiteSnapshot): readonly Finding[] {
  const all = answering(snapshot);
  const byProcess = Map.groupBy(all, ({ instance }) => instance.process);
  const troubles = [...byProcess].flatMap(([process, replicas]): Trouble[] => {
    const versions = differing(replicas, ({ admin }) => admin.process.version);
    const schemas = differing(replicas, ({ admin }) => migrationsOf(admin.process.database));
    return [
      ...(versions === undefined
        ? []
        : [
            warning(
              `${process} runs in several versions: ${versions}`,
              'End the rolling update, or take the old ones away.',
            ),
          ]),
      ...(schemas === undefined
        ? []
        : [
            {
              status: 'failing' as const,
              found: `replicas of ${process} see different migrations: ${schemas}`,
              advice: 'They use different databases: give all replicas the same DATABASE_URL.',
            },
          ]),
    ];
  });
  for (const { instance, admin } of all) {
    const { contract, node } = admin.process;
    if (contract !== snapshot.own.contract) {
      const found = `${instance.id} has contract ${contract}, this command ${snapshot.own.contract}`;
      troubles.push(warning(found, 'Run the doctor of the version that is deployed, or deploy this one.'));
    }
    if (majorOf(node) < NODE_MAJOR) {
      const found = `${instance.id} runs on Node ${node}`;
      troubles.push(warning(found, `Start it with Node ${NODE_MAJOR} or later, as its image and npm scripts do.`));
    }
  }
  if (snapshot.own.nodeMajor < NODE_MAJOR) {
    const found = `this command runs on Node ${snapshot.own.nodeMajor}`;
    troubles.push(warning(found, `Use Node ${NODE_MAJOR} or later here too.`));
  }
  return findings(
    'versions',
    troubles,
    `one contract (${snapshot.own.contract}), replicas alike, Node ${nodesOf(all)}`,
  );
}

type Answering = ReturnType<typeof answering>;

function warning(found: string, advice: string): Trouble {
  return { status: 'warning', found, advice };
}

/** "v1: a, b; v2: c" when the values are several. */
function differing(replicas: Answering, valueOf: (replica: Answering[number]) => string): string | undefined {
  const groups = Map.groupBy(replicas, valueOf);
  if (groups.size < 2) return undefined;
  return [...groups]
    .map(([value, group]) => `${value}: ${group.map(({ instance }) => instance.id).join(', ')}`)
    .join('; ');
}

function migrationsOf(database: Answering[number]['admin']['process']['database']): string {
  if (database?.kind !== 'answered') return 'unknown';
  return `${database.migrations.length}, the last ${database.migrations.at(-1) ?? 'none'}`;
}

function majorOf(node: string): number {
  return Number(/^v(\d+)\./.exec(node)?.[1] ?? 0);
}

function nodesOf(all: Answering): string {
  return [...new Set(all.map(({ admin }) => admin.process.node))].join(', ');
}
