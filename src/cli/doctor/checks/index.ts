import type { Finding } from '../finding.ts';
import type { SuiteSnapshot } from '../snapshot.ts';
import { checkBacklogs } from './backlogs.ts';
import { checkCertificates } from './certificates.ts';
import { checkClocks } from './clocks.ts';
import { checkComponents, checkDatabases } from './components.ts';
import { checkConfigs, checkSettings } from './configs.ts';
import { checkAdminPorts, checkPorts, checkProcesses, checkServing } from './instances.ts';
import { checkLeases } from './leases.ts';
import { checkRegistry } from './registry.ts';
import { checkDisk, checkResources } from './resources.ts';
import { checkVersions } from './versions.ts';

/** Every check, in the order in which they are told; each is a pure function of the snapshot. */
const CHECKS: readonly ((snapshot: SuiteSnapshot) => readonly Finding[])[] = [
  checkRegistry,
  checkProcesses,
  checkServing,
  checkAdminPorts,
  checkComponents,
  checkDatabases,
  checkPorts,
  checkLeases,
  checkVersions,
  checkConfigs,
  checkSettings,
  checkCertificates,
  checkClocks,
  checkBacklogs,
  checkResources,
  checkDisk,
];

/** What can be said of a suite. Checks that need processes say nothing where none could be asked. */
export function diagnose(snapshot: SuiteSnapshot): readonly Finding[] {
  if (snapshot.instances.kind === 'failed') return [...checkRegistry(snapshot), ...checkDisk(snapshot)];
  return CHECKS.flatMap((check) => check(snapshot));
}
