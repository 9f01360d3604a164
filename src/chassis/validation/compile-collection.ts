import type { DescField } from '@bufbuild/protobuf';
import type { FieldRules, MapRules, RepeatedRules } from '@bufbuild/protovalidate/gen/buf/validate/validate_pb.js';

import { compileValue, type Compiler } from './compile-value.ts';
import { checkOf, type Check, type Rule } from './rule.ts';

/** The check of a repeated field: the rules on the list, then every item's. */
export function compileList(field: DescField, rules: FieldRules | undefined, compiler: Compiler): Check | undefined {
  const own = rules?.type.case === 'repeated' ? rules.type.value : undefined;
  const where = `${field.parent.typeName}.${field.name}`;
  const list = own === undefined ? [] : listRules(own);
  const item = compileValue(field, own?.items, compiler, `${where} (items)`);
  if (list.length === 0 && item === undefined) return undefined;
  const checkList = checkOf(list);
  return (value, path, violations) => {
    const items = value as readonly unknown[]; // the field is repeated
    checkList(items, path, violations);
    if (item === undefined) return;
    for (let index = 0; index < items.length; index += 1) item(items[index], `${path}[${index}]`, violations);
  };
}

/** The check of a map field: the rules on the map, then those of every key and value. */
export function compileMap(field: DescField, rules: FieldRules | undefined, compiler: Compiler): Check | undefined {
  const own = rules?.type.case === 'map' ? rules.type.value : undefined;
  const where = `${field.parent.typeName}.${field.name}`;
  const map = own === undefined ? [] : mapRules(own);
  const scalar = field.fieldKind === 'map' ? field.mapKey : undefined;
  const key = compileValue({ scalar }, own?.keys, compiler, `${where} (keys)`);
  const value = compileValue(field, own?.values, compiler, `${where} (values)`);
  if (map.length === 0 && key === undefined && value === undefined) return undefined;
  const checkMap = checkOf(map);
  return (given, path, violations) => {
    checkMap(given, path, violations);
    for (const [name, entry] of entriesOf(given)) {
      const entryPath = `${path}[${typeof name === 'string' ? JSON.stringify(name) : String(name)}]`;
      key?.(name, entryPath, violations);
      value?.(entry, entryPath, violations);
    }
  };
}

function listRules({ minItems, maxItems, unique }: RepeatedRules): readonly Rule[] {
  const rule = (id: string, text: string, test: (items: readonly unknown[]) => boolean): Rule => ({
    id: `repeated.${id}`,
    text,
    test: (value) => test(value as readonly unknown[]), // the field is repeated
  });
  return [
    ...(minItems > 0n
      ? [
          rule(
            'min_items',
            minItems === 1n ? 'must not be empty' : `must have at least ${minItems} items`,
            (items) => items.length >= Number(minItems),
          ),
        ]
      : []),
    ...(maxItems > 0n
      ? [rule('max_items', `must have at most ${maxItems} items`, (items) => items.length <= Number(maxItems))]
      : []),
    ...(unique
      ? [rule('unique', 'must not repeat an item', (items) => new Set(items.map(identityOf)).size === items.length)]
      : []),
  ];
}

/** `unique` is for scalars and enums; bytes are the only scalar that is compared by reference. */
const identityOf = (item: unknown) => (item instanceof Uint8Array ? Buffer.from(item).toString('base64') : item);

function mapRules({ minPairs, maxPairs }: MapRules): readonly Rule[] {
  const rule = (id: string, text: string, test: (size: number) => boolean): Rule => ({
    id: `map.${id}`,
    text,
    test: (value) => test(entriesOf(value).length),
  });
  return [
    ...(minPairs > 0n
      ? [rule('min_pairs', `must have at least ${minPairs} entries`, (size) => size >= Number(minPairs))]
      : []),
    ...(maxPairs > 0n
      ? [rule('max_pairs', `must have at most ${maxPairs} entries`, (size) => size <= Number(maxPairs))]
      : []),
  ];
}

/** ts-proto writes maps as objects, and as Map where the key is a 64-bit number. */
function entriesOf(value: unknown): readonly (readonly [unknown, unknown])[] {
  return value instanceof Map ? [...value] : Object.entries(value as object);
}
