/** Something whose cost for one call is measured: does it so many times and returns what one took, in nanoseconds. */
export interface Subject {
  readonly name: string;
  readonly run: (calls: number) => number | Promise<number>;
}

/** Work that costs next to nothing, so that what is around it is what is measured. */
const work = (): Promise<number> => Promise.resolve(1);

/** Calls one after the other, each awaited, as a caller does. */
export function aroundPromise(
  name: string,
  policy: { execute(work: () => Promise<number>): Promise<unknown> },
): Subject {
  return {
    name,
    async run(calls) {
      const before = process.hrtime.bigint();
      for (let n = 0; n < calls; n++) await policy.execute(work);
      return Number(process.hrtime.bigint() - before) / calls;
    },
  };
}

/** Steps that do not wait for anything. */
export function synchronous(name: string, step: () => void): Subject {
  return {
    name,
    run(calls) {
      const before = process.hrtime.bigint();
      for (let n = 0; n < calls; n++) step();
      return Number(process.hrtime.bigint() - before) / calls;
    },
  };
}

/** No policy at all. */
export const bare: Subject = aroundPromise('bare', { execute: (given) => given() });
