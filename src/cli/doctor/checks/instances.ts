import type { Instance } from '../../../chassis/registry/index.ts';
import { findings, type Finding, type Trouble } from '../finding.ts';
import type { InstanceSnapshot, SuiteSnapshot } from '../snapshot.ts';

const REPLACE = 'Look at its log and start it again; when nothing runs there, its lease takes it out of the registry.';

/** Whether every process of a suite is there at least once. */
export function checkProcesses({ instances, expected }: SuiteSnapshot): readonly Finding[] {
  if (instances.kind === 'failed') return [];
  const there = new Set(instances.value.map(({ instance }) => instance.process));
  const troubles = expected
    .filter((process) => !there.has(process))
    .map((process): Trouble => {
      const advice = `Start it (\`tradewind run ${process}\`, or \`tradewind up\`), and see whether a supervisor holds it back.`;
      return { status: 'failing', found: `no ${process} is registered`, advice };
    });
  return findings('processes', troubles, `all ${expected.length} of the suite are registered`);
}

/** Whether everybody who is registered answers where callers find them, and says that they serve. */
export function checkServing({ instances }: SuiteSnapshot): readonly Finding[] {
  if (instances.kind === 'failed') return [];
  const troubles = instances.value.flatMap(servingTrouble);
  return findings(
    'calls',
    troubles,
    `${instances.value.length} of ${instances.value.length} instances answer and serve`,
  );
}

function servingTrouble({ instance, serving }: InstanceSnapshot): readonly Trouble[] {
  const who = `${instance.id} at ${instance.address}`;
  if (serving.kind === 'failed') {
    return [
      { status: 'failing', found: `${who} is registered and does not answer: ${serving.error}`, advice: REPLACE },
    ];
  }
  if (serving.value) return [];
  const advice = 'See which component is unhealthy below, or wait for the end of its drain.';
  return [{ status: 'failing', found: `${who} says that it does not serve`, advice }];
}

/** Whether every admin port answers; one that does not hides everything else of its process. */
export function checkAdminPorts({ instances }: SuiteSnapshot): readonly Finding[] {
  if (instances.kind === 'failed') return [];
  const asked = instances.value.filter(({ admin }) => admin !== undefined);
  const troubles = asked.flatMap(({ instance, admin }): Trouble[] => {
    if (admin?.kind !== 'failed') return [];
    const found = `${instance.id} at ${instance.adminAddress} does not answer: ${admin.error}`;
    return [{ status: 'failing', found, advice: `${REPLACE} Its database, clock and queues were not checked.` }];
  });
  return findings('admin ports', troubles, `${asked.length} of ${asked.length} answer`);
}

/** Whether two who are registered name the same port, so that calls for one reach the other. */
export function checkPorts({ instances }: SuiteSnapshot): readonly Finding[] {
  if (instances.kind === 'failed') return [];
  const taken = Map.groupBy(
    instances.value.flatMap(({ instance }) => portsOf(instance)),
    ({ address }) => address,
  );
  const troubles = [...taken].flatMap(([address, holders]): Trouble[] => {
    if (holders.length === 1) return [];
    const found = `${holders.map(({ name }) => name).join(' and ')} are both registered at ${address}`;
    const advice =
      'Give one another PORT or ADVERTISE_ADDRESS; when one of them is gone, wait until its lease runs out.';
    return [{ status: 'failing', found, advice }];
  });
  return findings('ports', troubles, `${taken.size} ports, each registered once`);
}

function portsOf({ id, address, adminAddress }: Instance) {
  const admin = adminAddress === undefined ? [] : [{ name: `${id} (admin)`, address: adminAddress }];
  return [{ name: id, address }, ...admin];
}
