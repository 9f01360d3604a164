import type { Database, Queryable } from '../store/index.ts';
import type { GenerationState, GenerationStatus, ReadModel } from './read-model.ts';
import { eventStoreStatements } from './statements.ts';

/** The right to fill a generation; it ends unless it is used. */
export interface Claim {
  readonly name: string;
  readonly generation: number;
  /** Rises with every claim: what an earlier one writes is refused. */
  readonly token: bigint;
  /** Of the last event that it had when it was claimed. */
  readonly position: bigint;
}

/** Positions of the log that are complete: everything up to `through` is committed. */
export interface Stretch {
  readonly after: bigint;
  readonly through: bigint;
}

/** The makings of read models in the database: which there are, who fills them, which one is served. */
export interface Generations {
  /** Sees to it that the read model is there, with a generation to be served. Replicas may do it at the same time. */
  ensure(model: ReadModel): Promise<void>;
  /** Begins another generation beside the one that is served, unless one is being built already; its number. */
  begin(model: ReadModel): Promise<number>;
  /** Undefined: there is none in this state, or somebody else fills it. */
  claim(name: string, state: GenerationState): Promise<Claim | undefined>;
  /** Keeps how far the claimed generation is and extends the claim; false, and nothing is changed, when somebody else has it now or it is gone. */
  move(queryable: Queryable, claim: Claim, position: bigint): Promise<boolean>;
  /** Lets others claim it. */
  release(claim: Claim): Promise<void>;
  /**
   * Serves the claimed generation instead of the one that is served, whose tables it drops. That one must not get further meanwhile, so
   * `catchUp` is to apply what it has more, in the same transaction; false: that is more than `atMost` positions, or the claim is lost.
   */
  serve(
    model: ReadModel,
    claim: Claim,
    options: { readonly atMost: number; catchUp(tx: Queryable, stretch: Stretch): Promise<void> },
  ): Promise<boolean>;
  list(names: readonly string[]): Promise<readonly GenerationStatus[]>;
  /** How far what is served is, and the log. */
  served(name: string): Promise<{ readonly position: bigint; readonly logEnd: bigint }>;
}

/** Generations over PostgreSQL; a claim lasts for `leaseMs` by the database's clock. */
export function createGenerations(options: {
  readonly database: Database;
  /** Who claims. */
  readonly owner: string;
  readonly leaseMs: number;
}): Generations {
  const { database, owner, leaseMs } = options;
  const statements = eventStoreStatements();

  const lockAll = (tx: Queryable, name: string) => tx.rows<GenerationRow>(statements['lock-generations'], [name]);

  async function add(tx: Queryable, model: ReadModel, generation: number, state: GenerationState): Promise<void> {
    await tx.execute(statements['insert-generation'], [model.name, generation, state]);
    for (const statement of model.schema) await tx.execute(statement);
    await tx.rows(statements['add-generation'], [model.tables, generation]);
  }

  async function move(queryable: Queryable, { name, generation, token }: Claim, position: bigint): Promise<boolean> {
    const parameters = [name, generation, token, position, leaseMs];
    return (await queryable.execute(statements['move-generation'], parameters)) === 1;
  }

  return {
    async ensure(model) {
      await database.transaction(async (tx) => {
        await tx.rows(statements['lock-read-model'], [model.name]);
        const all = await tx.rows(statements['list-generations'], [[model.name]]); // locks nothing that is being filled
        if (all.length === 0) await add(tx, model, 1, 'SERVING');
      });
    },

    async begin(model) {
      return database.transaction(async (tx) => {
        await tx.rows(statements['lock-read-model'], [model.name]);
        const all = await lockAll(tx, model.name);
        const building = all.find(({ state }) => state === 'BUILDING');
        if (building !== undefined) return building.generation;
        const generation = Math.max(0, ...all.map((one) => one.generation)) + 1;
        await add(tx, model, generation, 'BUILDING');
        return generation;
      });
    },

    async claim(name, state) {
      const row = await database.one<ClaimRow>(statements['claim-generation'], [name, state, owner, leaseMs]);
      if (row === undefined) return undefined;
      return { name, generation: row.generation, token: row.claim_token, position: row.position };
    },

    move,

    async release({ name, generation, token }) {
      await database.execute(statements['release-generation'], [name, generation, token]);
    },

    async serve(model, claim, { atMost, catchUp }) {
      return database.transaction(async (tx) => {
        await tx.rows(statements['lock-read-model'], [model.name]);
        const all = await lockAll(tx, model.name);
        const serving = all.find(({ state }) => state === 'SERVING');
        const next = all.find(({ generation }) => generation === claim.generation);
        if (next?.claim_token !== claim.token) return false;
        const missing = { after: next.position, through: serving?.position ?? 0n };
        if (missing.through - missing.after > BigInt(atMost)) return false;
        if (missing.through > missing.after) {
          await catchUp(tx, missing);
          await move(tx, claim, missing.through);
        }
        if (serving !== undefined) await tx.execute(statements['delete-generation'], [model.name, serving.generation]);
        await tx.execute(statements['serve-generation'], [model.name, next.generation]);
        await tx.rows(statements['drop-other-generations'], [model.name, model.tables]);
        return true;
      });
    },

    async list(names) {
      const rows = await database.rows<StatusRow>(statements['list-generations'], [names]);
      return rows.map(({ claim_owner, create_time, update_time, log_end, behind_seconds, ...row }) => ({
        ...row,
        logEnd: log_end,
        behindSeconds: behind_seconds ?? undefined,
        owner: claim_owner ?? undefined,
        createTime: create_time,
        updateTime: update_time,
      }));
    },

    async served(name) {
      const row = await database.one<ServedRow>(statements['served-position'], [name]);
      if (row === undefined) throw new Error('served-position gave no row');
      return { position: row.position, logEnd: row.log_end };
    },
  };
}

interface GenerationRow {
  readonly generation: number;
  readonly state: GenerationState;
  readonly position: bigint;
  readonly claim_token: bigint;
}

type ClaimRow = Pick<GenerationRow, 'generation' | 'position' | 'claim_token'>;

interface StatusRow {
  readonly name: string;
  readonly generation: number;
  readonly state: GenerationState;
  readonly position: bigint;
  readonly log_end: bigint;
  readonly behind_seconds: number | null;
  readonly claim_owner: string | null;
  readonly create_time: Date;
  readonly update_time: Date;
}

interface ServedRow {
  readonly position: bigint;
  readonly log_end: bigint;
}
