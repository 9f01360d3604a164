import { AppError } from '../../core/index.ts';
import type { ServerPart } from './part.ts';

/** Refuses a call whose headers gRPC does not allow: grpc-js reads something else out of them and goes on. */
export const wire: ServerPart = {
  enter({ incoming }) {
    const header = incoming.malformedHeader;
    if (header === undefined) return;
    throw new AppError({
      status: 'INVALID_ARGUMENT',
      reason: 'MALFORMED_HEADER',
      message: `the header ${header} is malformed`,
      domain: 'tradewind',
      metadata: { header },
    });
  },
};
