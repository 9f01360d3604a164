import { BinaryWriter } from '@bufbuild/protobuf/wire';

/** The half of a generated message type that writes. */
export interface EncodableType<Message> {
  encode(message: Message, writer?: BinaryWriter): BinaryWriter;
}

/** Encodes a message. Throws what the generated code throws, for a number out of its range. */
export type MessageEncoder = <Message>(type: EncodableType<Message>, message: Message) => Uint8Array;

/** A writer's buffer never shrinks: one that has grown beyond this is let go. */
const KEEP_BYTES = 64 * 1024;

/**
 * Encodes messages with one writer, whose buffer is used again: with a new one each, growing it costs more than writing
 * the message. One for each client factory or server.
 */
export function createMessageEncoder(): MessageEncoder {
  let writer = new BinaryWriter();
  return (type, message) => {
    const own = writer;
    try {
      const bytes = type.encode(message, own).finish();
      if (bytes.length > KEEP_BYTES) writer = new BinaryWriter();
      return bytes;
    } catch (error) {
      writer = new BinaryWriter(); // the old one holds half a message
      throw error;
    }
  };
}
