import type { Aggregate, ReadModel } from '../../../src/chassis/event-store/index.ts';

/** A jar of marbles: the smallest aggregate that can be wrong. */
export interface Jar {
  readonly marbles: number;
  /** The versions at which something happened, so that a lost or doubled event shows. */
  readonly seen: readonly string[];
  readonly changeTime: Date;
}

export type JarEvent = { readonly kind: 'added' | 'taken'; readonly marbles: number };

const SNAPSHOT_EVERY = 4;

/** `shape`: of its snapshots. */
export function jarAggregate(shape = 1): Aggregate<Jar, JarEvent> {
  return {
    type: 'jar',
    evolve: (jar, { kind, marbles }, { version, time }) => ({
      marbles: (jar?.marbles ?? 0) + (kind === 'added' ? marbles : -marbles),
      seen: [...(jar?.seen ?? []), String(version)],
      changeTime: time,
    }),
    events: { typeOf: ({ kind }) => kind, toJson: (event) => event, fromJson: (json) => json as JarEvent },
    snapshots: {
      everyEvents: SNAPSHOT_EVERY,
      shape,
      toJson: (jar) => jar,
      fromJson: (json) => ({ ...(json as Jar), changeTime: new Date((json as Jar).changeTime) }),
    },
  };
}

const sql = (name: string, text: string) => ({ name, text });

/** How many marbles are in each jar; the number of events that made a row is kept, so that one applied twice shows. */
export const JARS: ReadModel = {
  name: 'jars',
  tables: ['jar_level'],
  schema: [
    sql(
      'create-jar-level',
      `CREATE TABLE IF NOT EXISTS jar_level (
         generation integer NOT NULL, id uuid NOT NULL, marbles integer NOT NULL, events integer NOT NULL,
         PRIMARY KEY (generation, id)
       ) PARTITION BY LIST (generation)`,
    ),
    sql('create-jar-level-index', 'CREATE INDEX IF NOT EXISTS jar_level_marbles ON jar_level (marbles)'),
  ],
  types: ['added', 'taken'],
  async apply(tx, events, generation) {
    const rows = events.map(({ streamId, type, data }) => {
      const { marbles } = data as JarEvent;
      return { id: streamId, marbles: type === 'added' ? marbles : -marbles };
    });
    await tx.execute(
      sql(
        'level',
        `INSERT INTO jar_level (generation, id, marbles, events)
         SELECT $1::integer, id, sum(marbles), count(*)
         FROM jsonb_to_recordset($2::jsonb) AS c (id uuid, marbles integer)
         GROUP BY id
         ON CONFLICT (generation, id) DO UPDATE
         SET marbles = jar_level.marbles + excluded.marbles, events = jar_level.events + excluded.events`,
      ),
      [generation, JSON.stringify(rows)],
    );
  },
};
