import { askAdminPort } from '../../support/admin-port.ts';
import { connectCounterClients, transportBreaches, warmUp } from '../../support/counter-clients.ts';
import { startCounterFleet } from '../../support/counter-fleet.ts';
import { loadBreaches, startLoad } from '../../support/counter-load.ts';
import { eventually } from '../../support/eventually.ts';
import { startEtcdProcess } from '../../support/fault-etcd.ts';
import { registryBreaches } from '../../support/registry-truth.ts';
import { resourceBaseline, resourceBreaches } from '../../support/resources.ts';
import { seededRandom } from '../../support/seeded-random.ts';
import { HOSTILE_CALLS, makeHostileCall } from './hostile-calls.ts';
import { HOSTILE_CONNECTIONS, makeHostileConnection } from './hostile-connections.ts';
import { errorBreach, rowResult, type RowResult, type RowSetting } from './row.ts';

/**
 * A server that unpacked one bomb would hold as much. Its resident memory settles some 220 MB up (measured over 24 rounds:
 * level from the 16th on, while its heap comes back), so what would be a leak is looked for in its descriptors.
 */
const BOMB_MB = 512;

/** Scoreboard row 16: bytes that no honest client sends, with a victim that calls the same server beside them. */
export async function hostileWire(
  options: RowSetting & { readonly rounds?: number; readonly callsPerSecond?: number; readonly waitMs?: number },
): Promise<RowResult> {
  const { rounds = 5, callsPerSecond = 200, waitMs = 2_000 } = options;
  const random = seededRandom(options.seed);
  await using etcd = await startEtcdProcess(options.etcd);
  await using fleet = await startCounterFleet({ etcd, size: 1 });
  const [server] = fleet.running;
  if (server === undefined) throw new Error('nobody runs');
  const place = { etcd: etcd.address, transport: options.transport };
  await warmUp(place);
  const before = await resourceBaseline();
  const clients = await connectCounterClients(place);
  await clients.client.read({ message: 'connected' }); // its connection is part of the baseline
  const memoryBefore = await residentMb(server.admin);
  const descriptorsBefore = await metric(server.admin, 'process_open_fds');
  const victim = startLoad(clients, { callsPerSecond, random });
  const breaches: string[] = [];
  let attacks = 0;

  for (let round = 0; round < rounds && server.isRunning; round++) {
    for (const call of HOSTILE_CALLS) {
      attacks += 1;
      const answer = await makeHostileCall(server.address, call);
      if (answer !== call.expected) breaches.push(`${call.name}: ${answer}, not ${call.expected}`);
    }
    for (const connection of HOSTILE_CONNECTIONS) {
      attacks += 1;
      const { isEnded } = await makeHostileConnection(server.address, connection, {
        random,
        waitMs: connection.isEnded ? 10_000 : waitMs,
      });
      if (connection.isEnded && !isEnded) breaches.push(`${connection.name}: the connection was not ended`);
      if (!server.isRunning) breaches.push(`the server exited at ${connection.name}`);
    }
  }
  const report = await victim.end();
  const memoryAfter = await residentMb(server.admin).catch(() => NaN); // it exited, which is told already
  const grewMb = Math.round(memoryAfter - memoryBefore);
  if (!(grewMb < BOMB_MB)) breaches.push(`the server grew by ${grewMb} MB`);
  const left = await eventually(() => attackersAreGone(server.admin, descriptorsBefore)).catch((error: unknown) => [
    String(error),
  ]);

  breaches.push(
    ...left,
    ...errorBreach('errors of the victim', [...report.idempotentErrors, ...report.otherErrors]),
    ...(await transportBreaches(clients, options.transport)),
    ...loadBreaches(report, fleet.record()),
    ...(await registryBreaches({
      ...{ etcd: etcd.address, process: 'counter' },
      ...{ live: fleet.running, resolved: clients.resolved },
    })),
  );
  await clients.close();
  breaches.push(...(await resourceBreaches(before)));
  const figure =
    `${attacks} attacks, ${server.isRunning ? 0 : 1} exits; victim: ${report.sent} calls, ` +
    `${report.idempotentErrors.length + report.otherErrors.length} errors, slowest ${Math.round(report.slowestMs)} ms; ` +
    `the server grew by ${grewMb} MB`;
  return rowResult(figure, breaches);
}

async function residentMb(admin: string): Promise<number> {
  return (await metric(admin, 'process_resident_memory_bytes')) / 1_048_576;
}

/** Nothing of the attackers is in flight, none of their connections is open; throws while something is. */
async function attackersAreGone(admin: string, descriptorsBefore: number): Promise<readonly string[]> {
  const inFlight = await metric(admin, 'tradewind_server_calls_in_flight');
  if (inFlight > 0) throw new Error(`${inFlight} calls of attackers are still in flight`);
  const descriptors = await metric(admin, 'process_open_fds');
  if (descriptors > descriptorsBefore) throw new Error(`I7: ${descriptors} descriptors, ${descriptorsBefore} before`);
  return [];
}

async function metric(admin: string, name: string): Promise<number> {
  const { body } = await askAdminPort(admin, '/metrics');
  const line = body.split('\n').find((candidate) => candidate.startsWith(name));
  if (line === undefined) throw new Error(`${admin} does not measure ${name}`);
  return Number(line.split(' ').at(-1));
}
