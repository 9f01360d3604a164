import { afterAll } from '@jest/globals';

import { createDatabase } from '../../src/chassis/store/index.ts';
import { outboxFaults, readOutboxContract } from './outbox-contract.ts';
import { urlsOfThisFile } from './postgres.ts';

// Whatever a test file had services write, by code or by SQL, is what the contract of events says: read when its tests are over.
afterAll(async () => {
  const urls = urlsOfThisFile();
  if (urls.length === 0) return;
  const contract = await readOutboxContract();
  for (const url of urls) {
    const database = createDatabase({ url, applicationName: 'check-outboxes', maxConnections: 1 });
    try {
      const faults = await outboxFaults(database, contract);
      if (faults.length > 0) throw new Error(`events that do not fit the contract:\n${faults.join('\n')}`);
    } finally {
      await database.close();
    }
  }
}, 60_000);
