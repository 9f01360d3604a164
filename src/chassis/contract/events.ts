import { getOption, hasOption, type DescMessage } from '@bufbuild/protobuf';

import type { Contract } from './contract.ts';

/** A type of event as the contract declares it (tradewind.type.v1.event). */
export interface EventContract {
  /** "reservation.held". */
  readonly type: string;
  /** The process that publishes it: "product". */
  readonly source: string;
  /** The kind of aggregate that it happened to: "reservation". */
  readonly aggregate: string;
  /** What its payload is, as JSON. */
  readonly message: DescMessage;
}

const EXTENSION = 'tradewind.type.v1.event';

/** What tradewind.type.v1.EventData looks like when it is read through its descriptor. */
interface EventDataMessage {
  readonly types: readonly string[];
  readonly aggregate: string;
}

/** Every type of event, in the order of files, messages and their lists. Throws when a type is declared twice. */
export function eventsOf({ registry }: Pick<Contract, 'registry'>): readonly EventContract[] {
  const extension = registry.getExtension(EXTENSION);
  if (extension === undefined) return [];
  const messages = [...registry].filter((type) => type.kind === 'message' && hasOption(type, extension));
  const events = (messages as DescMessage[]).flatMap((message) => {
    const { types, aggregate } = getOption(message, extension) as unknown as EventDataMessage; // the extension's message type
    return types.map((type) => ({ type, source: sourceOf(message), aggregate, message }));
  });
  const twice = events.find(({ type }, index) => events.findIndex((event) => event.type === type) !== index);
  if (twice !== undefined) throw new Error(`the contract declares the event ${twice.type} twice`);
  return events;
}

/** The part after "tradewind." in the message's package, which is the process that its services belong to. */
function sourceOf(message: DescMessage): string {
  return message.file.proto.package.split('.')[1] ?? '';
}
