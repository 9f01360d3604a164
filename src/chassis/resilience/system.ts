import { systemClock, systemRandom, type Clock, type Random } from '../core/index.ts';

/** The machine's own time and chance, for whoever brings none. */
export const SYSTEM: { readonly clock: Clock; readonly random: Random } = { clock: systemClock, random: systemRandom };
