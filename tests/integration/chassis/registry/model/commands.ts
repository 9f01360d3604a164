import fc from 'fast-check';

import type { TcpFault } from '../../../../support/tcp-proxy.ts';
import { HANDS_VALUES, PROCESS, SLOTS, type Part, type Slot, type World } from './world.ts';

/** What the world should come to: who lives, and with which weight. Names of instances are the world's own. */
export interface Model {
  readonly live: Map<Slot, number>;
}

type Command = fc.AsyncCommand<Model, World>;

const slots = fc.constantFrom(...SLOTS);
const parts = fc.constantFrom<Part>(...SLOTS, 'resolver');
const weights = fc.integer({ min: 0, max: 1_000 });
const faults = fc.constantFrom<TcpFault>(
  { kind: 'black hole' },
  { kind: 'half open', passes: 'to server' },
  { kind: 'half open', passes: 'to client' },
  { kind: 'reset' },
  { kind: 'refuse' },
);

/** A command of one name: `check` says when it makes sense, `run` does it to both. */
function command(
  name: string,
  run: (model: Model, world: World) => Promise<void>,
  check: (model: Model) => boolean = () => true,
): Command {
  return { check, run, toString: () => name };
}

const keyIn = (world: World, slot: Slot) =>
  `/tradewind/services/${PROCESS}/${world.members.get(slot)?.registration.instance.id}`;
const isLive = (slot: Slot) => (model: Model) => model.live.has(slot);

/** Waits until all is quiet, and holds I8 against the model. */
export async function checkQuiet(model: Model, world: World): Promise<void> {
  const live = [...model.live].map(([slot, weight]) => {
    const id = world.members.get(slot)?.registration.instance.id ?? 'nobody';
    return [slot, { id, weight }] as const;
  });
  await world.settle(new Map(live));
}

/** Or a sequence would be over before the first key is written. */
const quiet = fc.constant(command('wait until all is quiet', checkQuiet));

const register = fc.tuple(slots, weights).map(([slot, weight]) =>
  command(
    `register ${slot} ${weight}`,
    async (model, world) => {
      model.live.set(slot, weight);
      await world.register(slot, weight);
    },
    (model) => !model.live.has(slot),
  ),
);

/** Everything that happens to registrations: by their owners, by hands, by the network, by etcd. */
export const COMMANDS: readonly fc.Arbitrary<Command>[] = [
  ...[register, register, register], // or most of it would happen to nobody
  ...[quiet, quiet, quiet],
  slots.map((slot) =>
    command(
      `close ${slot}`,
      async (model, world) => {
        model.live.delete(slot);
        await world.close(slot);
      },
      isLive(slot),
    ),
  ),
  slots.map((slot) =>
    command(
      `kill ${slot}`,
      async (model, world) => {
        model.live.delete(slot);
        await world.kill(slot);
      },
      isLive(slot),
    ),
  ),
  fc.tuple(slots, weights).map(([slot, weight]) =>
    command(
      `update ${slot} ${weight}`,
      async (model, world) => {
        model.live.set(slot, weight);
        void world.members
          .get(slot)
          ?.registration.update({ weight })
          .catch(() => undefined); // closed before
      },
      isLive(slot),
    ),
  ),
  slots.map((slot) =>
    command(
      `delete the key of ${slot}`,
      async (_model, world) => void (await world.admin((etcd) => etcd.delete().key(keyIn(world, slot)).exec())),
      isLive(slot),
    ),
  ),
  slots.map((slot) =>
    command(
      `overwrite the key of ${slot}`,
      async (_model, world) =>
        void (await world.admin((etcd) => etcd.put(keyIn(world, slot)).value(HANDS_VALUES.overwritten).exec())),
      isLive(slot),
    ),
  ),
  slots.map((slot) =>
    command(
      `revoke the lease of ${slot}`,
      async (_model, world) => {
        const state = world.members.get(slot)?.registration.state;
        if (state?.kind !== 'registered') return;
        await world.admin((etcd) => etcd.leaseClient.leaseRevoke({ ID: state.leaseId }).catch(ignoreGone));
      },
      isLive(slot),
    ),
  ),
  fc.constant(
    command('wipe the store', async (_model, world) => {
      await world.admin((etcd) => etcd.delete().all().exec());
    }),
  ),
  fc.constant(
    command('write junk beside them', async (_model, world) => {
      await world.admin((etcd) => etcd.put(`/tradewind/services/${PROCESS}/junk`).value(HANDS_VALUES.junk).exec());
    }),
  ),
  fc.constant(
    command('compact', async (_model, world) => {
      await world.admin(async (etcd) => {
        const { header } = await etcd.put('noise').value('x').exec();
        await etcd.kv.compact({ revision: header.revision });
      });
    }),
  ),
  fc.constant(
    command('restart etcd', async (_model, world) => {
      await world.etcd.stop();
      await world.etcd.start();
    }),
  ),
  fc
    .tuple(parts, faults)
    .map(([part, fault]) =>
      command(`cut ${part} off: ${Object.values(fault).join(' ')}`, (_model, world) => world.setNetwork(part, fault)),
    ),
  parts.map((part) => command(`heal ${part}`, (_model, world) => world.setNetwork(part, { kind: 'none' }))),
];

function ignoreGone(error: Error): void {
  if (!error.message.includes('not found')) throw error;
}
