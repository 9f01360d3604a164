import { createClientFactory } from '../../../src/chassis/client/index.ts';
import { systemClock, systemRandom } from '../../../src/chassis/core/index.ts';
import { createEtcdRegistry } from '../../../src/chassis/registry/index.ts';
import { QUESTION, QuestionServiceDefinition } from '../hop/question.ts';
import { PROCESS, nowMs } from './place.ts';

/** Callers that never stop asking, and what became of their calls. */
export interface Callers extends AsyncDisposable {
  readonly calls: number;
  readonly failed: number;
  /** When the last call failed, as the caller learnt it; undefined: none did. */
  readonly lastFailedMs: number | undefined;
}

/** Starts `count` callers one after the other's answer; without retries each failure of an attempt is seen. */
export async function startCallers(
  etcd: string,
  { count, retry }: { readonly count: number; readonly retry: boolean },
): Promise<Callers> {
  const registry = await createEtcdRegistry({ endpoints: [etcd], clock: systemClock, random: systemRandom });
  const clients = createClientFactory({ from: 'bench', registry });
  const client = clients.client(QuestionServiceDefinition, `etcd:///${PROCESS}`, { retry });
  let isStopping = false;
  let calls = 0;
  let failed = 0;
  let lastFailedMs: number | undefined;
  const ask = async () => {
    while (!isStopping) {
      calls += 1;
      await client.getUser(QUESTION).catch(() => {
        failed += 1;
        lastFailedMs = nowMs();
      });
      await new Promise((resolve) => setImmediate(resolve)); // a failure without a wait must not starve the loop
    }
  };
  const asking = Array.from({ length: count }, ask);
  return {
    get calls() {
      return calls;
    },
    get failed() {
      return failed;
    },
    get lastFailedMs() {
      return lastFailedMs;
    },
    async [Symbol.asyncDispose]() {
      isStopping = true;
      await Promise.all(asking);
      await clients.close();
      await registry.close();
    },
  };
}
