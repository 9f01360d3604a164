/** Runs pieces of work until one of them ends, then has the others end and waits for them. Throws what the first that failed threw. */
export async function together(
  signal: AbortSignal,
  ...works: readonly ((signal: AbortSignal) => Promise<void>)[]
): Promise<void> {
  const ending = new AbortController();
  const either = AbortSignal.any([signal, ending.signal]);
  let failure: { readonly error: unknown } | undefined;
  const run = async (work: (signal: AbortSignal) => Promise<void>) => {
    try {
      await work(either);
    } catch (error) {
      failure ??= { error };
    } finally {
      ending.abort();
    }
  };
  await Promise.all(works.map(run));
  if (failure !== undefined) throw failure.error;
}
