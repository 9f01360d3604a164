import { loadStatements, type Statement } from '../../store/index.ts';

const NAMES = ['list-part-actions', 'list-parts', 'park-part', 'resume-part'] as const;

/** Files of this very package, which do not change while it runs. */
let loaded: Readonly<Record<(typeof NAMES)[number], Statement>> | undefined;

/** What operators read and do of parts; read at first use, because importing a file does nothing. */
export function operationStatements(): Readonly<Record<(typeof NAMES)[number], Statement>> {
  return (loaded ??= loadStatements(new URL('./sql/', import.meta.url), NAMES));
}
