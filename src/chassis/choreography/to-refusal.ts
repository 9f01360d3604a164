import type { AppError } from '../core/index.ts';
import { domainOf } from '../errors/index.ts';

/** A refusal as events tell it: tradewind.type.v1.Refusal. `process`: who refused, unless the error says so itself. */
export function toRefusal(error: AppError, process: string) {
  const { status, reason, message } = error;
  return { status, reason, domain: domainOf(error, `${process}.tradewind`), message };
}
