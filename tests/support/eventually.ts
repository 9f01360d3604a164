import { setTimeout as delay } from 'node:timers/promises';

/** Repeats a check until it stops throwing and returns its value; after `timeoutMs` it throws what it threw last. */
export async function eventually<Value>(
  check: () => Value | Promise<Value>,
  { timeoutMs = 15_000, intervalMs = 20 }: { readonly timeoutMs?: number; readonly intervalMs?: number } = {},
): Promise<Value> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (performance.now() >= deadline) throw error;
      await delay(intervalMs);
    }
  }
}
