import { Counter, Gauge, type Registry } from 'prom-client';

/** A level that goes up and down: a Prometheus gauge that is cheap to write to. */
export interface Level {
  inc(): void;
  dec(): void;
}

/** A count by one label: a Prometheus counter that is cheap to write to. */
export interface Tally {
  /** Counts one. Keep the number of values small and bounded. */
  inc(value: string): void;
}

interface Named {
  readonly name: string;
  readonly help: string;
  readonly registry: Registry;
}

/** Makes a level of 0, which the registry reads when somebody scrapes. */
export function createLevel({ name, help, registry }: Named): Level {
  let level = 0;
  new Gauge({
    name,
    help,
    registers: [registry],
    collect() {
      this.set(level);
    },
  });
  return {
    inc() {
      level += 1;
    },
    dec() {
      level -= 1;
    },
  };
}

/** Makes an empty tally, which the registry reads when somebody scrapes. */
export function createTally({ name, help, registry, label }: Named & { readonly label: string }): Tally {
  const counts = new Map<string, number>();
  new Counter({
    name,
    help,
    labelNames: [label],
    registers: [registry],
    collect() {
      this.reset();
      for (const [value, count] of counts) this.inc({ [label]: value }, count);
    },
  });
  return {
    inc(value) {
      counts.set(value, (counts.get(value) ?? 0) + 1);
    },
  };
}
