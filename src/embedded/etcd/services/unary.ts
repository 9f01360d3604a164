import { Metadata, type handleUnaryCall, type ServiceError, type UntypedServiceImplementation } from '@grpc/grpc-js';

import { AppError } from '../../../chassis/core/index.ts';

/** Unary methods by name, each a plain function: what it throws becomes the call's status. */
export type UnaryMethods = Readonly<Record<string, (request: never) => object>>;

/** Told of an error that is none of etcd's own: a defect of ours. */
export type OnDefect = (error: unknown, method: string) => void;

/** The methods as grpc-js serves them; it answers UNIMPLEMENTED for those of the service that are not there. */
export function serveUnary(methods: UnaryMethods, onDefect: OnDefect): UntypedServiceImplementation {
  return Object.fromEntries(
    Object.entries(methods).map(([name, handle]) => {
      const serve: handleUnaryCall<unknown, object> = (call, callback) => {
        let response: object;
        try {
          response = handle(call.request as never); // the proto says which method takes what
        } catch (error) {
          if (!(error instanceof AppError)) onDefect(error, name);
          callback(serviceError(error));
          return;
        }
        callback(null, response);
      };
      return [name, serve];
    }),
  );
}

/** An error as grpc-js sends it. */
export function serviceError(error: unknown): ServiceError {
  const { code, message } = AppError.from(error);
  return Object.assign(new Error(message, { cause: error }), { code, details: message, metadata: new Metadata() });
}
