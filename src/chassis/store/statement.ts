import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** One SQL statement; the name shows in telemetry and in the server's list of prepared statements. */
export interface Statement {
  readonly name: string;
  readonly text: string;
}

/**
 * Reads `<name>.sql` for each name, once, where a service is wired: `loadStatements(new URL('./sql/', import.meta.url), ['get-user'])`
 * gives `statements['get-user']`. A missing file is an error that names it.
 */
export function loadStatements<const Names extends readonly string[]>(
  directory: URL,
  names: Names,
): Readonly<Record<Names[number], Statement>> {
  const entries = names.map((name) => {
    const file = fileURLToPath(new URL(`${name}.sql`, directory));
    return [name, { name, text: readFileSync(file, 'utf8').trim() }] as const;
  });
  return Object.fromEntries(entries) as Record<Names[number], Statement>; // one entry for each name
}
