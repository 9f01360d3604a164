import type { CallOptions, Client, TsProtoServiceDefinition } from 'nice-grpc';

import type { Balancer } from '../balancer/index.ts';
import type { Clock } from '../core/index.ts';
import type { ChassisCallOptions, ChassisClientMiddleware } from '../middleware/client/index.ts';
import { createSingleResponseMethod, createStreamResponseMethod } from './client-method.ts';

/** A client as nice-grpc types it, with the chassis's call options. Its errors are AppErrors. */
export type ChassisClient<Definition extends TsProtoServiceDefinition> = Client<Definition, ChassisCallOptions>;

/** What the clients of one target share. */
export interface TargetParts {
  readonly target: string;
  readonly balancer: Balancer;
  readonly middleware: ChassisClientMiddleware;
  readonly clock: Clock;
}

/** Builds every method of the definition over the target's balancer. */
export function createClient<Definition extends TsProtoServiceDefinition>(
  definition: Definition,
  parts: TargetParts,
  defaults: CallOptions & ChassisCallOptions,
): ChassisClient<Definition> {
  const { target, balancer, middleware, clock } = parts;
  const methods = Object.entries(definition.methods).map(([name, method]) => {
    const { requestStream, responseStream, options } = method;
    const descriptor = { path: `/${definition.fullName}/${method.name}`, requestStream, responseStream, options };
    const terminal = { definition, name, balancer, clock };
    const create = responseStream ? createStreamResponseMethod : createSingleResponseMethod;
    return [name, create({ target, descriptor, middleware, terminal, clock, defaults })];
  });
  return Object.fromEntries(methods) as ChassisClient<Definition>; // built from the very definition the type reads
}
