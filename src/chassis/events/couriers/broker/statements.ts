import { loadStatements, type Statement } from '../../../store/index.ts';

const NAMES = [
  'claim-relay',
  'keep-relay',
  'move-relay',
  'relay-positions',
  'relay-size',
  'release-relay',
  'refill-relay',
] as const;

/** Files of this very package, which do not change while it runs. */
let loaded: Readonly<Record<(typeof NAMES)[number], Statement>> | undefined;

/** The relay's own statements; read at first use, because importing a file does nothing. */
export function relayStatements(): Readonly<Record<(typeof NAMES)[number], Statement>> {
  return (loaded ??= loadStatements(new URL('./sql/', import.meta.url), NAMES));
}
