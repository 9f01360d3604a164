import { readFile } from 'node:fs/promises';

import { createContract, type Contract } from '../chassis/contract/index.ts';
import { UsageError } from '../usage-error.ts';
import { findService } from './method-name.ts';
import type { Reflection } from './reflection.ts';

/** A service with everything needed to call it. */
export interface DescribedService {
  /** "tradewind.order.v1.OrderService". */
  readonly fullName: string;
  readonly contract: Contract;
}

/** Learns the service from the running server itself. */
export async function describeByReflection(reflection: Reflection, wanted: string): Promise<DescribedService> {
  const fullName = findService(await reflection.services(), wanted);
  return { fullName, contract: createContract(await reflection.descriptors(fullName)) };
}

/** Learns it from a FileDescriptorSet with imports (`buf build -o`), for a server without reflection. */
export async function describeByFile(path: string, wanted: string): Promise<DescribedService> {
  let contract: Contract;
  try {
    contract = createContract(await readFile(path));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new UsageError(`--descriptors: ${path} is no descriptor set with its imports (${why})`);
  }
  return { fullName: findService(contract.services, wanted), contract };
}
