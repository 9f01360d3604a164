import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire';

/** FileDescriptorSet.file, and FileDescriptorProto.source_code_info. Source: google/protobuf/descriptor.proto. */
const FILE = 1;
const SOURCE_CODE_INFO = 9;

/**
 * The same FileDescriptorSet without comments and positions. They are most of it: parsed, they cost a process some 15 MB
 * that only documentation ever reads.
 */
export function withoutSourceInfo(descriptorSet: Uint8Array): Uint8Array {
  const set = new BinaryWriter();
  const reader = new BinaryReader(descriptorSet);
  while (reader.pos < reader.len) {
    const [field, wireType] = reader.tag();
    if (field === FILE) set.tag(FILE, WireType.LengthDelimited).bytes(fileWithoutSourceInfo(reader.bytes()));
    else reader.skip(wireType, field);
  }
  return set.finish();
}

function fileWithoutSourceInfo(file: Uint8Array): Uint8Array {
  const kept = new BinaryWriter();
  const reader = new BinaryReader(file);
  while (reader.pos < reader.len) {
    const startsAt = reader.pos;
    const [field, wireType] = reader.tag();
    reader.skip(wireType, field);
    if (field !== SOURCE_CODE_INFO) kept.raw(file.subarray(startsAt, reader.pos));
  }
  return kept.finish();
}
