import { loadStatements, type Statement } from '../../store/index.ts';

const NAMES = ['lock-days', 'open-days', 'drop-days'] as const;

/** Files of this very package, which do not change while it runs. */
let loaded: Readonly<Record<(typeof NAMES)[number], Statement>> | undefined;

/** What keeps the days of outbox and inbox; read at first use, because importing a file does nothing. */
export function retentionStatements(): Readonly<Record<(typeof NAMES)[number], Statement>> {
  return (loaded ??= loadStatements(new URL('./sql/', import.meta.url), NAMES));
}
