import { findings, type Finding } from '../finding.ts';
import type { SuiteSnapshot } from '../snapshot.ts';

/** Whether the registry answers. Without it nothing else can be looked at, and that is said. */
export function checkRegistry({ registry, instances }: SuiteSnapshot): readonly Finding[] {
  const where = `${registry.kind} at ${registry.address}`;
  if (instances.kind === 'answered') {
    return findings('registry', [], `${where} lists ${instances.value.length} instances`);
  }
  const advice =
    'Start it again, or name the right one with --etcd: processes that run keep calling those they know, but nobody new is found, and nothing below was checked.';
  return [{ check: 'registry', status: 'failing', found: `${where} does not answer: ${instances.error}`, advice }];
}
