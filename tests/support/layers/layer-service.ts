import { text } from '../../../src/chassis/config/index.ts';
import { AppError, currentCall } from '../../../src/chassis/core/index.ts';
import { defineService, type ServiceContext } from '../../../src/chassis/lifecycle/index.ts';
import { bind } from '../../../src/chassis/server/index.ts';
import type { Statement } from '../../../src/chassis/store/index.ts';
import { LayerServiceDefinition, machineMs, type Behaviour, type Witness } from './layer-contract.ts';

const KEEP: Statement = {
  name: 'keep',
  text: 'INSERT INTO kept (call_id) VALUES ($1) ON CONFLICT DO NOTHING',
};
const SLEEP: Statement = { name: 'sleep', text: 'SELECT pg_sleep($1::float8)' };

interface Request {
  readonly locale: string;
  readonly message: string;
}

/** One layer of a chain: the process `name`, which stands on the process NEXT, or at the bottom, where it may have a database. */
export function layerService(name: string, { hasDatabase }: { readonly hasDatabase: boolean }) {
  return defineService({
    name,
    configuration: { NEXT: text('The process below; absent: this is the bottom.').optional() },
    ...(hasDatabase && { migrations: [new URL('./migrations/', import.meta.url)] }),
    async wire(context) {
      const { config, client, clock, instance } = context;
      const next = config.NEXT === undefined ? undefined : client(LayerServiceDefinition, config.NEXT);
      const seen = createRecord();
      let behaviour: Behaviour = { isDown: false, delayMs: 0 };
      if (hasDatabase) {
        context.database.events.on('statementStarted', (statement) => {
          if (statement.name === 'COMMIT') seen.committing();
        });
      }

      /** Goes down to the bottom, where the work is done. */
      const through = (method: 'read' | 'keep' | 'linger', work: (request: Request) => Promise<void>) =>
        async function descend({ locale, message }: Request) {
          const leave = seen.arrived(locale);
          try {
            if (next !== undefined) return await next[method]({ locale: instance, message });
            await work({ locale, message });
            return { locale: instance, message };
          } finally {
            leave();
          }
        };
      return {
        grpc: [
          bind(LayerServiceDefinition, {
            read: through('read', async () => {
              if (behaviour.delayMs > 0) await clock.sleep(behaviour.delayMs, currentCall()?.signal);
              if (behaviour.isDown) throw new AppError({ status: 'UNAVAILABLE', reason: 'DOWN', message: 'down' });
            }),
            keep: through('keep', ({ message }) => keep(context, Number(message))),
            linger: through('linger', () => seen.duringStatement(() => context.database.rows(SLEEP, [60]))),
            async behave({ message }) {
              behaviour = { ...behaviour, ...(JSON.parse(message) as Partial<Behaviour>) }; // a test wrote it
              seen.forget();
              return { locale: instance, message };
            },
            witness: async () => ({ locale: instance, message: JSON.stringify(seen.witness()) }),
          }),
        ],
      };
    },
  });
}

async function keep({ database }: ServiceContext, ms: number): Promise<void> {
  await database.transaction(async (tx) => {
    await tx.execute(KEEP, [currentCall()?.callId]);
    await tx.rows(SLEEP, [ms / 1_000]);
  });
}

function createRecord() {
  let witness = emptyWitness();
  const here = new Map<string, number>();
  const callId = () => currentCall()?.callId ?? '';
  return {
    witness: (): Witness => witness,
    forget: () => void (witness = emptyWitness()),
    arrived(caller: string): () => void {
      const count = (here.get(caller) ?? 0) + 1;
      here.set(caller, count);
      witness.arrivals += 1;
      witness.mostAtOnce[caller] = Math.max(witness.mostAtOnce[caller] ?? 0, count);
      const deadlineMs = currentCall()?.deadlineMs;
      if (deadlineMs !== undefined) witness.remainingMs[callId()] = deadlineMs - performance.now();
      return () => void here.set(caller, (here.get(caller) ?? 1) - 1);
    },
    committing() {
      const remainingMs = (currentCall()?.deadlineMs ?? Infinity) - performance.now();
      witness.commits[callId()] = { atMs: machineMs(), remainingMs };
    },
    async duringStatement(run: () => Promise<unknown>): Promise<void> {
      const id = callId();
      const startedMs = machineMs();
      witness.statements[id] = { startedMs };
      try {
        await run();
      } finally {
        witness.statements[id] = { startedMs, endedMs: machineMs() };
      }
    },
  };
}

function emptyWitness() {
  return {
    arrivals: 0,
    mostAtOnce: {} as Record<string, number>,
    remainingMs: {} as Record<string, number>,
    commits: {} as Record<string, Witness['commits'][string]>,
    statements: {} as Record<string, Witness['statements'][string]>,
  };
}
