import { createEmitter } from '../core/index.ts';
import { DEFAULT_TRANSPORTS, DEFAULT_WEIGHT } from '../registry/index.ts';
import type { Resolver, ResolverEvents } from './resolver.ts';

/** Resolves to the addresses it was given, for ever. */
export function createStaticResolver(addresses: readonly string[]): Resolver {
  const endpoints = addresses.map((address) => ({
    address,
    weight: DEFAULT_WEIGHT,
    zone: '',
    version: '',
    transports: DEFAULT_TRANSPORTS,
    startedAt: '',
    metadata: {},
  }));
  return {
    state: { kind: 'resolved', endpoints },
    events: createEmitter<ResolverEvents>(),
    close: async () => undefined,
    [Symbol.asyncDispose]: async () => undefined,
  };
}
