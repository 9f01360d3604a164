import { createStoreModel, type StoreLog } from './store-model.ts';
import type { StoreBackend } from './store-server.ts';
import { STORE_STATEMENTS } from './store-statements.ts';

/** Carries statements out in the model alone. */
export function modelStore(now: () => number): { readonly log: StoreLog; readonly backend: StoreBackend } {
  const log = createStoreModel(STORE_STATEMENTS, now);
  const backend: StoreBackend = {
    begin() {
      const transaction = log.begin();
      return {
        get isOpen() {
          return transaction.isOpen;
        },
        run: (statement, parameters, done) => transaction.run(statement.name, parameters, done),
        commit: () => transaction.commit(),
        rollback: () => transaction.rollback(),
        giveUp: (error) => transaction.giveUp(error),
      };
    },
  };
  return { log, backend };
}
