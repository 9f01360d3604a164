import { systemClock } from '../../chassis/core/index.ts';
import type { CommandHost } from '../call.ts';
import { openClients, openRegistry, registryOf, type SuiteOptions } from '../connect.ts';
import { diagnose } from './checks/index.ts';
import { exitCodeOf } from './finding.ts';
import { gatherSnapshot } from './gather.ts';
import { report } from './report.ts';

/** What `tradewind doctor` was asked for. */
export interface DoctorCommand extends SuiteOptions {
  /** The findings as one JSON object. */
  readonly json?: boolean;
}

/** Looks at a running suite from outside, says how it is and what to do; returns the exit code. */
export async function runDoctor(command: DoctorCommand, host: CommandHost): Promise<0 | 1 | 2> {
  const url = registryOf(command, host.environment);
  await using registry = await openRegistry(command, host.environment);
  await using opened = await openClients(command, host.environment, registry);
  const { clients } = opened;
  const { home } = command;
  const snapshot = await gatherSnapshot({ url, registry, clients, home, clock: systemClock, signal: host.signal });
  const findings = diagnose(snapshot);
  const exitCode = exitCodeOf(findings);
  if (command.json) host.write(`${JSON.stringify({ exitCode, findings })}\n`);
  else host.write(report(findings));
  return exitCode;
}
