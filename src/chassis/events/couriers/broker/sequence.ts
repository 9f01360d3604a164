import type { Emitter } from '../../../core/index.ts';
import type { CloudEventBinding } from '../../cloud-event-headers.ts';
import type { CarriedEvent, Delivery, Subscription } from '../../courier.ts';
import type { Arrivals } from '../arrivals.ts';
import type { BrokerEvents, SequenceNames } from './broker-events.ts';
import type { BrokerArrival, IncomingMessage } from './broker.ts';
import { readMessage, type BrokerMessage } from './message.ts';
import { placeOf, reachOf, type Reach } from './place.ts';
import { EVERYTHING, type Gap, type GapPage } from './read-gap.ts';

/** What a sequence is made of. */
export interface SequenceOptions {
  readonly names: SequenceNames;
  readonly binding: CloudEventBinding;
  readonly subscription: Pick<Subscription, 'types' | 'after' | 'signal'>;
  readonly arrivals: Pick<Arrivals<BrokerArrival>, 'take'>;
  /** Reads what is missing. */
  readonly read: (gap: Omit<Gap, 'source'>) => AsyncIterable<GapPage>;
  /** Throws where the publisher's log does not come as far as a position. */
  readonly confirm: (position: bigint) => Promise<void>;
  readonly events: Emitter<BrokerEvents>;
}

/**
 * Makes a courier's deliveries of a broker's: each partition's events in order, none left out, whatever comes twice, late or not at all. What
 * is missing is read before what came after it is delivered. Messages are acknowledged when what they brought is handled. One from before what
 * is known has come again, or its publisher was restored from a backup and counts anew from there: so that is asked. What no relay of the publisher
 * can have sent is dropped, as is what comes after something that the publisher has not.
 */
export async function* inSequence(options: SequenceOptions): AsyncGenerator<Delivery> {
  const { names, subscription, arrivals, read, confirm, events } = options;
  const { types, after, signal } = subscription;
  const mine = new Map(after);
  const wanted = new Set(types);

  async function* fill(partition: number, known: bigint, until: bigint): AsyncGenerator<Delivery> {
    let found = 0;
    let through = known;
    for await (const page of read({ partition, after: known, through: until, types, signal })) {
      found += page.events.length;
      ({ through } = page);
      mine.set(partition, through);
      yield { events: page.events, through: new Map([[partition, through]]), handled: () => undefined };
    }
    if (through > known) events.emit('gapFilled', { ...names, partition, after: known, through, events: found });
  }

  for (;;) {
    let portion = createPortion();
    let duplicates = 0;
    let overtaken: bigint | undefined;
    for (const arrival of await arrivals.take(signal)) {
      if ('begins' in arrival) {
        yield portion.delivery();
        portion = createPortion();
        yield* fill(arrival.begins, mine.get(arrival.begins) ?? 0n, EVERYTHING);
        continue;
      }
      const message = readOrDrop(arrival, options);
      const reach = message && reachOf(message);
      const known = reach && mine.get(reach.partition);
      const place = reach === undefined || known === undefined ? 'duplicate' : placeOf(reach, known);
      if (reach !== undefined && known !== undefined && place === 'gap') {
        yield portion.delivery();
        portion = createPortion();
        yield* fill(reach.partition, known, reach.previous);
      }
      portion.took(arrival);
      if (message === undefined || reach === undefined) continue;
      if (known !== undefined && reach.position < known) overtaken = known;
      if (place === 'duplicate') duplicates += 1;
      else if ((mine.get(reach.partition) ?? 0n) < reach.previous) drop(arrival, options);
      else {
        mine.set(reach.partition, reach.position);
        portion.reached(reach, message.kind === 'event' && wanted.has(message.event.type) ? message.event : undefined);
      }
    }
    if (overtaken !== undefined) await confirm(overtaken);
    if (duplicates > 0) events.emit('duplicate', { ...names, messages: duplicates });
    yield portion.delivery();
  }
}

function readOrDrop(message: IncomingMessage, options: SequenceOptions): BrokerMessage | undefined {
  const { names, binding } = options;
  try {
    return readMessage(message, { source: names.source, binding });
  } catch {
    drop(message, options);
    return undefined;
  }
}

function drop({ headers }: IncomingMessage, { names, events }: SequenceOptions): void {
  events.emit('unreadable', { ...names, headers });
}

/** What is delivered together. */
function createPortion() {
  const messages: IncomingMessage[] = [];
  const events: CarriedEvent[] = [];
  const through = new Map<number, bigint>();
  return {
    took: (message: IncomingMessage) => void messages.push(message),
    reached({ partition, position }: Reach, event: CarriedEvent | undefined) {
      through.set(partition, position);
      if (event !== undefined) events.push(event);
    },
    delivery(): Delivery {
      return {
        ...{ events, through },
        handled() {
          for (const message of messages) message.acknowledge();
        },
      };
    },
  };
}
