import type { DescMessage } from '@bufbuild/protobuf';

import type { Contract } from '../contract/index.ts';
import { systemClock, type Clock, type FieldViolation } from '../core/index.ts';
import { compileMessage } from './compile-message.ts';
import type { Check } from './rule.ts';

/** Finds everything that is wrong with one message; an empty list: nothing. */
export type Validate = (message: unknown) => readonly FieldViolation[];

/** Compiles the contract's rules for the message types that are asked for, each once. */
export interface Validator {
  /**
   * The check of a ts-proto message of this type, or undefined when it has no rules, inside either. Throws
   * UnsupportedRuleError when the contract has a rule that is not implemented: call it at start.
   */
  of(type: DescMessage): Validate | undefined;
}

const NOTHING: readonly FieldViolation[] = [];

/** Makes a validator. Rules: buf/validate/validate.proto, without CEL. */
export function createValidator(options: { readonly clock?: Pick<Clock, 'now'> } = {}): Validator {
  const compiled = new Map<string, Check | undefined>();
  const compiler = {
    clock: options.clock ?? systemClock,
    message(type: DescMessage): Check | undefined {
      if (compiled.has(type.typeName)) return compiled.get(type.typeName);
      // A type that holds itself meets this entry while it is being compiled; by the first message it is complete.
      compiled.set(type.typeName, (...args) => compiled.get(type.typeName)?.(...args));
      const check = compileMessage(type, compiler);
      compiled.set(type.typeName, check);
      return check;
    },
  };
  return {
    of(type) {
      const check = compiler.message(type);
      if (check === undefined) return undefined;
      return (message) => {
        const violations: FieldViolation[] = [];
        check(message, '', violations);
        return violations.length === 0 ? NOTHING : violations;
      };
    },
  };
}

/** The checks of every RPC's request in these services, by path. Throws as Validator.of does. */
export function compileRequests(
  contract: Contract,
  services: readonly string[],
  validator: Validator,
): ReadonlyMap<string, Validate> {
  return new Map(
    contract.methods
      .filter((method) => services.includes(method.service))
      .flatMap((method): [string, Validate][] => {
        const validate = validator.of(method.input);
        return validate === undefined ? [] : [[method.path, validate]];
      }),
  );
}
