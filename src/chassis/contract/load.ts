import { readFile } from 'node:fs/promises';

import { createContract, type Contract, type ContractOptions } from './contract.ts';

/** Written by `npm run gen`, committed beside the stubs. */
export const DESCRIPTORS = new URL('../../../gen/descriptors.binpb', import.meta.url);

/** The contract of the whole suite, from gen/descriptors.binpb. Costs some milliseconds: load it once per process. */
export async function loadContract(options: ContractOptions = {}): Promise<Contract> {
  return createContract(await readFile(DESCRIPTORS), options);
}
