// Writes buf/validate/validate.proto into node_modules/.protovalidate, where buf.yaml names it as a module.
// Why: @bufbuild/protovalidate ships that file's descriptor, not its source, and buf resolves imports from sources.
// npm runs it after every install (the "prepare" script), so that a bare `npx buf lint` works right after `npm ci`.
// Plain JavaScript: it runs under whatever Node the machine has.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

import { file_buf_validate_validate as file } from '../node_modules/@bufbuild/protovalidate/dist/esm/gen/buf/validate/validate_pb.js';

const target = fileURLToPath(new URL('../node_modules/.protovalidate/buf/validate/validate.proto', import.meta.url));

/** FieldDescriptorProto.Type, by number; 10 is a group, which the file does not use. */
const TYPES = [
  '', 'double', 'float', 'int64', 'uint64', 'int32', 'fixed64', 'fixed32', 'bool', 'string',
  'group', '', 'bytes', 'uint32', '', 'sfixed32', 'sfixed64', 'sint32', 'sint64',
]; // prettier-ignore
const LABELS = ['', 'optional ', 'required ', 'repeated '];

const typeOf = (field) => field.typeName || TYPES[field.type];

const mapEntry = (message, field) =>
  message?.nestedType.find((n) => n.options?.mapEntry && field.typeName.endsWith(`.${message.name}.${n.name}`));

function printField(field, message, inOneof) {
  const entry = mapEntry(message, field);
  if (entry) return `map<${typeOf(entry.field[0])}, ${typeOf(entry.field[1])}> ${field.name} = ${field.number};`;
  return `${inOneof ? '' : LABELS[field.label]}${typeOf(field)} ${field.name} = ${field.number};`;
}

function printEnum(declaration) {
  const values = declaration.value.map((v) => `${v.name} = ${v.number};`);
  return [`enum ${declaration.name} {`, ...values, '}'];
}

function printExtensions(extensions, message) {
  return extensions.flatMap((e) => [`extend ${e.extendee} {`, printField(e, message, false), '}']);
}

function printMessage(message) {
  const isInOneof = (field, index) => Object.hasOwn(field, 'oneofIndex') && field.oneofIndex === index;
  const oneofs = message.oneofDecl.flatMap((oneof, index) => [
    `oneof ${oneof.name} {`,
    ...message.field.filter((f) => isInOneof(f, index)).map((f) => printField(f, message, true)),
    '}',
  ]);
  const plain = message.field.filter((f) => !message.oneofDecl.some((_, index) => isInOneof(f, index)));
  return [
    `message ${message.name} {`,
    ...message.nestedType.filter((n) => !n.options?.mapEntry).flatMap(printMessage),
    ...message.enumType.flatMap(printEnum),
    ...oneofs,
    ...plain.map((f) => printField(f, message, false)),
    ...message.extensionRange.map((r) => `extensions ${r.start} to ${r.end >= 536870912 ? 'max' : r.end - 1};`),
    ...printExtensions(message.extension, message),
    '}',
  ];
}

const proto = file.proto;
const lines = [
  `syntax = "${proto.syntax || 'proto2'}";`,
  `package ${proto.package};`,
  ...proto.dependency.map((d) => `import "${d}";`),
  ...proto.messageType.flatMap(printMessage),
  ...proto.enumType.flatMap(printEnum),
  ...printExtensions(proto.extension),
];

mkdirSync(dirname(target), { recursive: true });
writeFileSync(target, `${lines.join('\n')}\n`);
