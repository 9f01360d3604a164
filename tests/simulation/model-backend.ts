import type { StoreBackend } from './store-server.ts';
import type { StoreModel } from './store-model.ts';

/** Carries statements out in the model alone. */
export function modelBackend(model: StoreModel): StoreBackend {
  return {
    begin() {
      const transaction = model.begin();
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
}
