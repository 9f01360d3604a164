/** The one RPC of tradewind.transport.v1.TransportService. */
export const EXCHANGE_PATH = '/tradewind.transport.v1.TransportService/Exchange';

/** The version of the protocol that is spoken here. Source: proto/tradewind/transport/v1/transport.proto. */
export const PROTOCOL_VERSION = 1;

/** A batch is sent when it has grown to about this, without waiting for the end of the turn. */
export const BATCH_BYTES = 64 * 1024;

/** The peer said something the protocol does not allow: the stream ends, with this message. */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError';
}
