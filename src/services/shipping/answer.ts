import { Shipment } from '../../../gen/tradewind/shipping/v1/shipping.ts';
import { AppError, type ErrorDetail, type ErrorStatus } from '../../chassis/core/index.ts';

/** A refusal as it is stored: what an AppError needs to be thrown again, word for word. */
export interface Refusal {
  readonly status: ErrorStatus;
  readonly reason: string;
  readonly message: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly details: readonly ErrorDetail[];
}

/** What a command was answered. As JSON it is what an operation's `answer` column holds. */
export type Answer<Message> = { readonly ok: Message } | { readonly refusal: Refusal };

/** The statuses that answer a command for good; all others mean that it was not carried out, or not yet. */
const FINAL: ReadonlySet<ErrorStatus> = new Set<ErrorStatus>(['NOT_FOUND', 'ALREADY_EXISTS', 'FAILED_PRECONDITION']);

/** The error as it is stored. */
export function refusalOf({ status, reason, message, metadata, details }: AppError): Refusal {
  return { status, reason, message, metadata, details };
}

/** The work's answer, or the refusal it threw when that is one to remember; other errors stay errors. */
export async function orRefusal<T>(work: () => Promise<T>): Promise<T | { readonly refusal: Refusal }> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof AppError && FINAL.has(error.status)) return { refusal: refusalOf(error) };
    throw error;
  }
}

/** The message of an answer; throws its refusal. */
export function read<Message>(answer: Answer<Message>): Message {
  if ('refusal' in answer) throw new AppError(answer.refusal);
  return answer.ok;
}

/** A shipment, or that there is none, as an answer stores it. */
export type ShipmentJson = ReturnType<typeof Shipment.toJSON> | null;

/** The stored form of a shipment. */
export function shipmentJson(shipment: Shipment | undefined): ShipmentJson {
  return shipment === undefined ? null : Shipment.toJSON(shipment);
}

/** The shipment of a stored form. */
export function shipmentFrom(json: ShipmentJson): Shipment | undefined {
  return json === null ? undefined : Shipment.fromJSON(json);
}

/** Stores plain JSON where the chassis wants a message's codec. */
export function jsonCodec<Value>() {
  return {
    encode: (value: Value) => ({ finish: (): Uint8Array => Buffer.from(JSON.stringify(value)) }),
    decode: (bytes: Uint8Array) => JSON.parse(Buffer.from(bytes).toString()) as Value, // written by encode above
  };
}
