import type { FileRegistry } from '@bufbuild/protobuf';
import type { DescriptorProto, FileDescriptorProto } from '@bufbuild/protobuf/wkt';

/** Field numbers of descriptor.proto, of which the paths of its source locations are made. */
const FILE_MESSAGE = 4;
const FILE_SERVICE = 6;
const MESSAGE_FIELD = 2;
const MESSAGE_NESTED = 3;
const SERVICE_METHOD = 2;

/** The comment above a declaration, by its full name: "tradewind.user.v1.User.email", "tradewind.user.v1.UserService.GetUser". */
export type Comments = (fullName: string) => string;

/** Reads every comment of a contract that was loaded with them. */
export function commentsOf(registry: FileRegistry): Comments {
  const texts = new Map<string, string>();
  for (const file of registry.files) readFile(file.proto, texts);
  return (fullName) => texts.get(fullName) ?? '';
}

function readFile(file: FileDescriptorProto, texts: Map<string, string>): void {
  const leading = new Map(
    (file.sourceCodeInfo?.location ?? []).map((location) => [location.path.join(), location.leadingComments]),
  );
  const keep = (name: string, path: readonly number[]): void => {
    const text = (leading.get(path.join()) ?? '').replace(/\s+/g, ' ').trim();
    if (text !== '') texts.set(name, text);
  };
  const readMessage = (message: DescriptorProto, parent: string, path: readonly number[]): void => {
    const name = `${parent}.${message.name}`;
    keep(name, path);
    message.field.forEach((field, index) => keep(`${name}.${field.name}`, [...path, MESSAGE_FIELD, index]));
    message.nestedType.forEach((nested, index) => readMessage(nested, name, [...path, MESSAGE_NESTED, index]));
  };
  file.messageType.forEach((message, index) => readMessage(message, file.package, [FILE_MESSAGE, index]));
  file.service.forEach((service, index) => {
    const name = `${file.package}.${service.name}`;
    keep(name, [FILE_SERVICE, index]);
    service.method.forEach((method, i) => keep(`${name}.${method.name}`, [FILE_SERVICE, index, SERVICE_METHOD, i]));
  });
}
