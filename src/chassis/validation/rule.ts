import type { FieldViolation } from '../core/index.ts';

/** One compiled rule on one value. */
export interface Rule {
  /** The rule's name in buf.validate: "string.min_len". */
  readonly id: string;
  /** What the value must be, as the end of a sentence: "must be at least 10 characters long". */
  readonly text: string;
  /** True when the value obeys. */
  test(value: unknown): boolean;
}

/** Looks at one value and adds what is wrong with it. `path` is the field as the contract writes it. */
export type Check = (value: unknown, path: string, violations: FieldViolation[]) => void;

/** Turns one set field of a buf.validate rules message into rules; `value` is that field's value. */
export type RuleBuilder<Value = never> = (value: Value, prefix: string) => readonly Rule[];

/** What the builders of one rules message understand, by the proto name of its field. */
export type RuleTable = Readonly<Record<string, RuleBuilder>>;

/** The contract has a rule that is not implemented; the process must not start, or the rule would not hold. */
export class UnsupportedRuleError extends Error {
  override readonly name = 'UnsupportedRuleError';

  constructor(rule: string, where: string) {
    super(`the rule ${rule} on ${where} is not supported by chassis/validation`);
  }
}

/** A check that applies all of the rules. */
export function checkOf(rules: readonly Rule[]): Check {
  return (value, path, violations) => {
    for (const rule of rules) {
      if (!rule.test(value)) violations.push({ field: path, description: rule.text, reason: rule.id });
    }
  };
}

/** Writes a value into a rule's text. */
export function show(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value) : String(value);
}
