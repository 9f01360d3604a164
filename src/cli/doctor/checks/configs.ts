import { findings, type Finding, type Trouble } from '../finding.ts';
import { answering, type SuiteSnapshot } from '../snapshot.ts';

/** Whether the registry holds a service config that callers refuse: each is told once, whoever refuses it. */
export function checkConfigs(snapshot: SuiteSnapshot): readonly Finding[] {
  const targets = answering(snapshot).flatMap(({ instance, admin }) =>
    admin.targets.map(({ target, config }) => ({ caller: instance.id, target, config })),
  );
  const refused = Map.groupBy(
    targets.filter(({ config }) => config.rejected !== undefined),
    ({ target }) => target.slice(target.lastIndexOf('/') + 1),
  );
  const troubles = [...refused].map(([process, callers]): Trouble => {
    const reasons = [...new Set(callers.map(({ config }) => config.rejected))].join('; ');
    return {
      status: 'warning',
      found: `${callers.map(({ caller }) => caller).join(', ')} refuse the service config of ${process}: ${reasons}`,
      advice: `Correct or delete /tradewind/config/${process}; until then the last good one stays in force (docs/balancing.md).`,
    };
  });
  const inForce = new Set(targets.filter(({ config }) => config.source === 'registry').map(({ target }) => target));
  return findings('service configs', troubles, `${inForce.size} set in the registry, none refused`);
}

/** Whether the registry holds settings that the processes they are for refuse. */
export function checkSettings(snapshot: SuiteSnapshot): readonly Finding[] {
  const all = answering(snapshot);
  const refused = Map.groupBy(
    all.flatMap(({ instance, admin }) => {
      const state = admin.readiness.components['settings'];
      return state?.status === 'degraded' ? [{ instance, why: state.why }] : [];
    }),
    ({ instance }) => instance.process,
  );
  const troubles = [...refused].map(([process, refusing]): Trouble => {
    const reasons = [...new Set(refusing.map(({ why }) => why))].join('; ');
    return {
      status: 'warning',
      found: `${refusing.map(({ instance }) => instance.id).join(', ')} refuse the settings of ${process}: ${reasons}`,
      advice: `Correct or delete /tradewind/settings/${process}; until then the last good ones stay in force.`,
    };
  });
  return findings('settings', troubles, `none refused by ${all.length} processes`);
}
