import type { BrokerName } from './broker.ts';

/** Which broker, and whose events. */
export interface RelayNames {
  readonly courier: BrokerName;
  /** The publishing process. */
  readonly source: string;
}

/** Which consumer's. */
export interface SequenceNames extends RelayNames {
  readonly consumer: string;
}

/** What the couriers over a broker tell telemetry. */
export interface BrokerEvents {
  readonly connected: { readonly courier: BrokerName };
  /** Undefined: it was closed by us. */
  readonly disconnected: { readonly courier: BrokerName; readonly error: unknown };
  /** The broker takes no messages for the time being, with its own words why; what is under way waits. */
  readonly blocked: { readonly courier: BrokerName; readonly reason: string };
  /** It takes messages again. */
  readonly unblocked: { readonly courier: BrokerName };
  /** This process hands its outbox to the broker from now on; everything up to the position is there. */
  readonly relaying: RelayNames & { readonly position: bigint };
  /** These were handed to the broker, which has not confirmed them. */
  readonly sent: RelayNames & { readonly events: number; readonly through: bigint };
  /** The broker has confirmed these; the relay's position is not moved yet. */
  readonly published: RelayNames & {
    readonly events: number;
    readonly through: bigint;
    /** From handing the oldest of them over, in milliseconds. */
    readonly durationMs: number;
  };
  /** The broker takes no message as large as this event's: consumers are told that there is one, and read it from the publisher. */
  readonly leftOut: RelayNames & {
    readonly eventId: string;
    readonly type: string;
    readonly bytes: number;
    readonly maxBytes: number;
  };
  /** The relay's position is moved. */
  readonly moved: RelayNames & { readonly through: bigint };
  /** Publishing was interrupted (the broker, the database, or another replica has the relay now); it goes on after the wait. */
  readonly confirmFailed: RelayNames & { readonly error: unknown; readonly waitMs: number };
  /** Events that the broker did not bring were read from the publisher. */
  readonly gapFilled: SequenceNames & {
    readonly partition: number;
    readonly after: bigint;
    readonly through: bigint;
    readonly events: number;
  };
  /** Messages came again, or were overtaken. */
  readonly duplicate: SequenceNames & { readonly messages: number };
  /** A message that no relay of ours has sent; it is dropped. */
  readonly unreadable: SequenceNames & { readonly headers: Readonly<Record<string, string>> };
}
