import { DeadLetterFilter } from '../../../gen/tradewind/events/v1/consumer_service.ts';

/** Which dead letters a command is about, as the command line says it. */
export interface LetterFilterOptions {
  readonly consumer?: string;
  /** "order.confirmed". */
  readonly type?: string;
  /** The aggregate's id, or "order/<id>". */
  readonly aggregate?: string;
  /** Of the cause: "HANDLER_TIMEOUT". */
  readonly because?: string;
  /** Died then or later. */
  readonly since?: Date;
  /** Died before. */
  readonly until?: Date;
}

/** The contract's filter. */
export function toLetterFilter(options: LetterFilterOptions): DeadLetterFilter {
  const { consumer = '', type = '', aggregate = '', because: reason = '', since, until } = options;
  const [aggregateType, aggregateId] = splitAggregate(aggregate);
  return DeadLetterFilter.fromPartial({ ...{ consumer, type, aggregateType, aggregateId, reason }, since, until });
}

/** Whether anything is said. */
export function isFiltered(options: LetterFilterOptions): boolean {
  const { consumer, type, aggregate, because, since, until } = options;
  return [consumer, type, aggregate, because, since, until].some((value) => value !== undefined);
}

/** "order/018f..." in its two parts; an id alone has no type. */
export function splitAggregate(text: string): readonly [type: string, id: string] {
  const at = text.indexOf('/');
  return at === -1 ? ['', text] : [text.slice(0, at), text.slice(at + 1)];
}
