import { create, createFileRegistry, setExtension, toBinary, fromBinary, type DescMessage } from '@bufbuild/protobuf';
import {
  DescriptorProtoSchema,
  FieldDescriptorProtoSchema,
  FieldDescriptorProto_Label as Label,
  FieldDescriptorProto_Type as Type,
  FieldOptionsSchema,
  FileDescriptorProtoSchema,
  FileDescriptorSetSchema,
  OneofOptionsSchema,
  file_google_protobuf_descriptor,
  file_google_protobuf_duration,
  file_google_protobuf_field_mask,
  file_google_protobuf_timestamp,
} from '@bufbuild/protobuf/wkt';
import {
  FieldRulesSchema,
  OneofRulesSchema,
  field as fieldRules,
  file_buf_validate_validate,
  oneof as oneofRules,
} from '@bufbuild/protovalidate/gen/buf/validate/validate_pb.js';
import type { MessageInitShape } from '@bufbuild/protobuf';

/** One field of a made-up message: its type and its rules. */
export interface MadeUpField {
  readonly type: 'string' | 'int32' | 'int64' | 'double' | 'bool' | 'bytes' | 'enum' | `.${string}`;
  readonly rules?: MessageInitShape<typeof FieldRulesSchema>;
  readonly repeated?: boolean;
  readonly optional?: boolean;
  readonly oneof?: string;
}

const TYPES = {
  string: Type.STRING,
  int32: Type.INT32,
  int64: Type.INT64,
  double: Type.DOUBLE,
  bool: Type.BOOL,
  bytes: Type.BYTES,
} as const;

/**
 * The descriptor of `test.Message` with these fields (and of `test.Colour` with RED = 1), as buf would compile it: rules
 * that no contract of ours uses yet are tested before one does.
 */
export function madeUpMessage(
  fields: Readonly<Record<string, MadeUpField>>,
  requiredOneofs: readonly string[] = [],
): DescMessage {
  const oneofs = [...new Set(Object.values(fields).flatMap((field) => field.oneof ?? []))];
  const optionals = Object.keys(fields).filter((name) => fields[name]?.optional);
  const file = create(FileDescriptorProtoSchema, {
    name: 'test.proto',
    package: 'test',
    syntax: 'proto3',
    dependency: [
      'buf/validate/validate.proto',
      'google/protobuf/duration.proto',
      'google/protobuf/field_mask.proto',
      'google/protobuf/timestamp.proto',
    ],
    enumType: [{ name: 'Colour', value: [named('COLOUR_UNSPECIFIED', 0), named('RED', 1), named('BLUE', 2)] }],
    messageType: [
      create(DescriptorProtoSchema, {
        name: 'Message',
        field: Object.entries(fields).map(([name, field], index) => {
          const message = create(FieldDescriptorProtoSchema, {
            name,
            number: index + 1,
            label: field.repeated ? Label.REPEATED : Label.OPTIONAL,
            ...typeOf(field.type),
            ...(field.oneof === undefined ? {} : { oneofIndex: oneofs.indexOf(field.oneof) }),
            ...(field.optional ? { proto3Optional: true, oneofIndex: oneofs.length + optionals.indexOf(name) } : {}),
          });
          if (field.rules !== undefined) {
            message.options = create(FieldOptionsSchema);
            setExtension(message.options, fieldRules, create(FieldRulesSchema, field.rules));
          }
          return message;
        }),
        oneofDecl: [
          ...oneofs.map((name) => ({ name, ...(requiredOneofs.includes(name) ? { options: requiredOneof() } : {}) })),
          ...optionals.map((name) => ({ name: `_${name}` })),
        ],
      }),
    ],
  });
  const imports = [
    file_google_protobuf_descriptor,
    file_google_protobuf_duration,
    file_google_protobuf_field_mask,
    file_google_protobuf_timestamp,
    file_buf_validate_validate,
  ];
  const set = create(FileDescriptorSetSchema, { file: [...imports.map((imported) => imported.proto), file] });
  const bytes = toBinary(FileDescriptorSetSchema, set);
  const type = createFileRegistry(fromBinary(FileDescriptorSetSchema, bytes)).getMessage('test.Message');
  if (type === undefined) throw new Error('test.Message was not compiled');
  return type;
}

function named(name: string, number: number) {
  return { name, number };
}

function typeOf(type: MadeUpField['type']) {
  if (type === 'enum') return { type: Type.ENUM, typeName: '.test.Colour' };
  if (type in TYPES) return { type: TYPES[type as keyof typeof TYPES] };
  return { type: Type.MESSAGE, typeName: type };
}

function requiredOneof() {
  const options = create(OneofOptionsSchema);
  setExtension(options, oneofRules, create(OneofRulesSchema, { required: true }));
  return options;
}
