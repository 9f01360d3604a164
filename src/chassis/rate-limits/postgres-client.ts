import type { Queryable } from '../store/index.ts';

/** The part of a pg client that rate-limiter-flexible uses. */
export interface PostgresClient {
  query(query: { readonly name: string; readonly text: string; readonly values: readonly unknown[] }): Promise<{
    readonly rows: readonly object[];
  }>;
}

/** Our database as that client, so that its statements have our time-outs, our telemetry and the caller's deadline. */
export function postgresClient(database: Queryable): PostgresClient {
  return {
    async query({ name, text, values }) {
      const rows = await database.rows<{ expire?: unknown }>({ name, text }, values);
      return { rows: rows.map((row) => ({ ...row, expire: Number(row.expire) })) }; // it computes with numbers
    },
  };
}
