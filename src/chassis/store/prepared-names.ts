import { createHash } from 'node:crypto';

import type { Statement } from './statement.ts';

/** The longest name PostgreSQL keeps. */
const MAX_NAME_LENGTH = 63;

/** A server-side name for each statement that no other text shares, whoever named them. */
export function createPreparedNames(): (statement: Statement) => string {
  const names = new WeakMap<Statement, string>();
  return (statement) => {
    let name = names.get(statement);
    if (name === undefined) {
      const digest = createHash('sha256').update(statement.text).digest('hex').slice(0, 12);
      name = `${statement.name.slice(0, MAX_NAME_LENGTH - digest.length - 1)}-${digest}`;
      names.set(statement, name);
    }
    return name;
  };
}
