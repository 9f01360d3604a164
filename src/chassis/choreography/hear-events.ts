import {
  defineConsumer,
  STATEMENTS_ONLY_IDLE_MS,
  type ConsumerDefinition,
  type ReceivedEvent,
} from '../events/index.ts';
import type { Heard, Part } from './part.ts';
import type { Hearsay, PartStore, PlayedPart } from './part-store.ts';

/** What consumers of a part work with. */
export interface HearingOptions {
  readonly part: Part;
  readonly store: PartStore;
  /** Told of steps that are to be done, once that is committed. */
  begin(parts: readonly PlayedPart[]): void;
}

/** A part's consumers, one for each process that it listens to: what was heard and what is to be done about it are one commit. */
export function partConsumers({ part, store, begin }: HearingOptions): readonly ConsumerDefinition[] {
  return Object.entries(part.hears).map(([source, hears]) =>
    defineConsumer({
      name: `${part.name}-by-${source}`,
      source,
      idleMs: STATEMENTS_ONLY_IDLE_MS,
      many: {
        types: hears.map(({ type }) => type),
        async handle(events, { tx }) {
          const parts = await store.hear(tx, hearsayOf(events, hears));
          const changed = parts.flatMap((one) => {
            const step = part.next(one);
            return step === one.step ? [] : [{ ...one, step, attempts: 0 }];
          });
          await store.setSteps(tx, changed);
          return () => begin(changed.filter(({ step }) => step !== undefined));
        },
      },
    }),
  );
}

/** What events say, put together by subject. */
function hearsayOf(events: readonly ReceivedEvent[], hears: readonly Heard[]): readonly Hearsay[] {
  const bySubject = new Map<string, Hearsay>();
  for (const { aggregateId: subject, type, data, traceparent } of events) {
    const before = bySubject.get(subject);
    const keep = hears.find((one) => one.type.type === type)?.keep(data);
    bySubject.set(subject, {
      subject,
      heard: [...(before?.heard ?? []), type],
      brief: { ...before?.brief, ...keep },
      traceparent: before?.traceparent ?? traceparent,
    });
  }
  return [...bySubject.values()];
}
