import { getOption, hasOption, type DescField, type DescMessage, type DescOneof } from '@bufbuild/protobuf';
import {
  message as messageRules,
  oneof as oneofRules,
  type MessageOneofRule,
} from '@bufbuild/protovalidate/gen/buf/validate/validate_pb.js';

import type { FieldViolation } from '../core/index.ts';
import { compileField } from './compile-field.ts';
import type { Compiler } from './compile-value.ts';
import { UnsupportedRuleError, type Check } from './rule.ts';

/** A ts-proto message. */
type Fields = Readonly<Record<string, unknown>>;

/** What ts-proto writes for a oneof, with `oneof=unions-value`. */
type OneofMember = { readonly $case: string; readonly value: unknown } | undefined;

type MessageCheck = (message: Fields, prefix: string, violations: FieldViolation[]) => void;

/** The check of one message type, or undefined when nothing can be wrong with it. */
export function compileMessage(type: DescMessage, compiler: Compiler): Check | undefined {
  const checks = [
    ...type.members.flatMap((member) =>
      member.kind === 'oneof' ? oneofCheck(member, compiler) : fieldCheck(member, compiler),
    ),
    ...messageOneofChecks(type),
  ];
  if (checks.length === 0) return undefined;
  return (value, path, violations) => {
    const prefix = path === '' ? '' : `${path}.`;
    for (const check of checks) check(value as Fields, prefix, violations); // the contract says that it is a message
  };
}

function fieldCheck(field: DescField, compiler: Compiler): MessageCheck[] {
  const check = compileField(field, compiler);
  if (check === undefined) return [];
  return [(message, prefix, violations) => check(message[field.localName], prefix + field.name, violations)];
}

function oneofCheck(oneof: DescOneof, compiler: Compiler): MessageCheck[] {
  const required = hasOption(oneof, oneofRules) && getOption(oneof, oneofRules).required;
  const members = new Map<string, { readonly name: string; readonly check: Check }>();
  for (const field of oneof.fields) {
    const check = compileField(field, compiler);
    if (check !== undefined) members.set(field.localName, { name: field.name, check });
  }
  if (!required && members.size === 0) return [];
  return [
    (message, prefix, violations) => {
      const set = message[oneof.localName] as OneofMember;
      if (set === undefined) {
        if (required) violations.push({ field: prefix + oneof.name, description: 'is required', reason: 'required' });
        return;
      }
      const member = members.get(set.$case);
      member?.check(set.value, prefix + member.name, violations);
    },
  ];
}

function messageOneofChecks(type: DescMessage): MessageCheck[] {
  if (!hasOption(type, messageRules)) return [];
  const rules = getOption(type, messageRules);
  if (rules.cel.length > 0 || rules.celExpression.length > 0) throw new UnsupportedRuleError('cel', type.typeName);
  return rules.oneof.map((rule) => messageOneofCheck(rule, type));
}

function messageOneofCheck({ fields, required }: MessageOneofRule, type: DescMessage): MessageCheck {
  const names = fields.map((name) => type.fields.find((field) => field.name === name)?.localName ?? name);
  const text = `${required ? 'exactly' : 'at most'} one of ${fields.join(', ')} must be set`;
  return (message, prefix, violations) => {
    const count = names.filter((name) => isSet(message[name])).length;
    if (count > 1 || (required && count === 0)) {
      violations.push({ field: prefix.slice(0, -1) || (fields[0] ?? ''), description: text, reason: 'message.oneof' });
    }
  };
}

function isSet(value: unknown): boolean {
  if (Array.isArray(value) || value instanceof Uint8Array) return value.length > 0;
  return value !== undefined && value !== '' && value !== 0 && value !== 0n && value !== false;
}
