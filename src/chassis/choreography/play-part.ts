import {
  createEmitter,
  newId as systemNewId,
  systemClock,
  systemRandom,
  type Clock,
  type Events,
  type NewId,
  type Random,
} from '../core/index.ts';
import type { Backlog } from '../diagnostics/index.ts';
import type { ConsumerDefinition } from '../events/index.ts';
import type { Database } from '../store/index.ts';
import { createStepsDoing } from './do-steps.ts';
import type { ChoreographyEvents } from './events.ts';
import { partConsumers } from './hear-events.ts';
import type { Brief, Part } from './part.ts';
import { partBacklogs } from './part-backlogs.ts';
import { createPartStore } from './part-store.ts';

/** What a part is played with. */
export interface PlayingOptions {
  /** The process's own, migrated with EVENTS_MIGRATIONS and PARTS_MIGRATIONS. */
  readonly database: Database;
  readonly clock?: Clock;
  readonly random?: Random;
  readonly newId?: NewId;
}

/** A part as a process plays it; what it is wired with. */
export interface Playing {
  /** The part's name, by which operators see and command it. */
  readonly name: string;
  readonly consumers: readonly ConsumerDefinition[];
  readonly background: { readonly name: string; run(signal: AbortSignal): Promise<void> };
  readonly backlogs: readonly Backlog[];
  readonly events: Events<ChoreographyEvents>;
}

/** Plays a part: hears, does what follows, tells. Several instances share the work. */
export function playPart<Step extends string, Kept extends Brief>(
  definition: Part<Step, Kept>,
  { database, clock = systemClock, random = systemRandom, newId = systemNewId }: PlayingOptions,
): Playing {
  const part = definition as unknown as Part; // steps are given only what this part's own definition has kept
  const store = createPartStore(database, { name: part.name, owner: newId() });
  const events = createEmitter<ChoreographyEvents>();
  const steps = createStepsDoing({ part, database, store, clock, random, newId, events });
  return {
    name: part.name,
    consumers: partConsumers({ part, store, begin: steps.begin }),
    background: { name: `part-${part.name}`, run: (signal) => steps.run(signal) },
    backlogs: partBacklogs(part.name, store),
    events,
  };
}
