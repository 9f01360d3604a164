import type {
  Cancellation,
  Learned,
  LineCancellation,
  NewOrder,
  Order,
  OrderEvent,
  OrderLine,
  Reduction,
} from './domain.ts';
import { moneyFrom, moneyJson, type MoneyJson } from './money-json.ts';

/** Counts the shapes that orderToJson has had. */
export const ORDER_SHAPE = 1;

/** Writes an event as it is kept for ever; its position is its version. What is empty is left out. */
export function eventToJson(event: OrderEvent): unknown {
  const { position: _, step, attempt, reason, message, sagaEnded, settled, learned, ...fact } = event;
  return {
    ...factToJson(fact),
    ...(step && { step }),
    ...(attempt && { attempt }),
    ...(reason && { reason }),
    ...(message && { message }),
    ...(sagaEnded && { sagaEnded }),
    ...(settled && { settled }),
    ...(learned && { learned: learnedToJson(learned) }),
  };
}

/** Reads an event that any version of this code has written, or the migration of orders from before there were any. */
export function eventFromJson(json: unknown, position: bigint): OrderEvent {
  const { placed, lineCancellation, amount, cancellation, learned, ...rest } = json as EventJson; // as eventToJson writes it
  const event = {
    ...{ step: '', attempt: 0, reason: '', message: '', sagaEnded: false, settled: false },
    ...rest,
    position,
    ...(placed && { placed: placedFromJson(placed) }),
    ...(lineCancellation && { lineCancellation: lineCancellationFromJson(lineCancellation) }),
    ...(amount && { amount: moneyFrom(amount) }),
    ...(cancellation && { cancellation: cancellationFromJson(cancellation) }),
    ...(learned && { learned: learnedFromJson(learned) }),
  };
  return event as OrderEvent; // the fields of one kind go together, as they were written
}

/** Writes an order: as a snapshot of it, or to be listed. */
export function orderToJson(order: Order): unknown {
  const { lines, total, lastPosition, toldOutside, pointsAwarded, reduction, ...rest } = order;
  return {
    ...rest,
    ...placedToJson({ lines, total }),
    lastPosition: lastPosition.toString(),
    toldOutside: toldOutside.toString(),
    pointsAwarded: pointsAwarded.toString(),
    ...(reduction && { reduction: reductionToJson(reduction) }),
  };
}

/** Reads an order. */
export function orderFromJson(json: unknown): Order {
  const { lines, total, reduction, cancellation, confirmTime, cancelTime, ...rest } = json as OrderJson; // as orderToJson writes it
  return {
    ...rest,
    ...placedFromJson({ lines, total }),
    lastPosition: BigInt(rest.lastPosition),
    toldOutside: BigInt(rest.toldOutside),
    pointsAwarded: BigInt(rest.pointsAwarded),
    reservationId: rest.reservationId,
    paymentId: rest.paymentId,
    shipmentId: rest.shipmentId,
    cancellation: cancellation && cancellationFromJson(cancellation),
    reduction: reduction && reductionFromJson(reduction),
    createTime: new Date(rest.createTime),
    updateTime: new Date(rest.updateTime),
    confirmTime: confirmTime === undefined ? undefined : new Date(confirmTime),
    cancelTime: cancelTime === undefined ? undefined : new Date(cancelTime),
  };
}

function factToJson(fact: object) {
  const { placed, lineCancellation, amount } = fact as Partial<{
    placed: NewOrder;
    lineCancellation: LineCancellation;
    amount: LineCancellation['amount'];
  }>; // of the kinds of events that have them
  return {
    ...fact,
    ...(placed && { placed: placedToJson(placed) }),
    ...(lineCancellation && { lineCancellation: lineCancellationToJson(lineCancellation) }),
    ...(amount && { amount: moneyJson(amount) }),
  };
}

function placedToJson<Placed extends Pick<NewOrder, 'lines' | 'total'>>(placed: Placed) {
  const lines = placed.lines.map(({ unitPrice, lineTotal, ...line }) => ({
    ...line,
    unitPrice: moneyJson(unitPrice),
    lineTotal: moneyJson(lineTotal),
  }));
  return { ...placed, lines, total: moneyJson(placed.total) };
}

function placedFromJson<Json extends PlacedJson>(json: Json) {
  const lines = json.lines.map(({ unitPrice, lineTotal, ...line }) => ({
    ...line,
    unitPrice: moneyFrom(unitPrice),
    lineTotal: moneyFrom(lineTotal),
  }));
  return { ...json, lines, total: moneyFrom(json.total) };
}

function learnedToJson({ pointsAwarded, refunded, ...rest }: Learned) {
  return {
    ...rest,
    ...(pointsAwarded !== undefined && { pointsAwarded: pointsAwarded.toString() }),
    ...(refunded && { refunded: moneyJson(refunded) }),
  };
}

function learnedFromJson({ pointsAwarded, refunded, ...rest }: LearnedJson): Learned {
  return {
    ...rest,
    ...(pointsAwarded !== undefined && { pointsAwarded: BigInt(pointsAwarded) }),
    ...(refunded && { refunded: moneyFrom(refunded) }),
  };
}

function lineCancellationToJson({ amount, ...rest }: LineCancellation) {
  return { ...rest, amount: moneyJson(amount) };
}

function lineCancellationFromJson({ amount, requestTime, ...rest }: LineCancellationJson): LineCancellation {
  return { ...rest, amount: moneyFrom(amount), requestTime: new Date(requestTime) };
}

function cancellationFromJson({ requestTime, ...rest }: CancellationJson): Cancellation {
  return { ...rest, requestTime: new Date(requestTime) };
}

function reductionToJson({ lines, amount, refunded, underWay }: Reduction) {
  return {
    ...{ lines, amount: moneyJson(amount), refunded: moneyJson(refunded) },
    ...(underWay && { underWay: lineCancellationToJson(underWay) }),
  };
}

function reductionFromJson({ lines, amount, refunded, underWay }: ReductionJson): Reduction {
  return {
    ...{ lines, amount: moneyFrom(amount), refunded: moneyFrom(refunded) },
    underWay: underWay && lineCancellationFromJson(underWay),
  };
}

type CancellationJson = Omit<Cancellation, 'requestTime'> & { readonly requestTime: string };

type LineCancellationJson = Omit<LineCancellation, 'amount' | 'requestTime'> & {
  readonly amount: MoneyJson;
  readonly requestTime: string;
};

type LearnedJson = Omit<Learned, 'pointsAwarded' | 'refunded'> & {
  readonly pointsAwarded?: string;
  readonly refunded?: MoneyJson;
};

interface ReductionJson extends Pick<Reduction, 'lines'> {
  readonly amount: MoneyJson;
  readonly refunded: MoneyJson;
  readonly underWay?: LineCancellationJson;
}

interface PlacedJson {
  readonly lines: readonly (Omit<OrderLine, 'unitPrice' | 'lineTotal'> & {
    readonly unitPrice: MoneyJson;
    readonly lineTotal: MoneyJson;
  })[];
  readonly total: MoneyJson;
}

interface EventJson {
  readonly placed?: PlacedJson;
  readonly lineCancellation?: LineCancellationJson;
  readonly amount?: MoneyJson;
  readonly cancellation?: CancellationJson;
  readonly learned?: LearnedJson;
}

type Written = 'lines' | 'total' | 'lastPosition' | 'toldOutside' | 'pointsAwarded' | 'cancellation' | 'reduction';

type Times = 'createTime' | 'updateTime' | 'confirmTime' | 'cancelTime';

/** What an order is in JSON: undefined is absent. */
type OrderJson = Omit<Order, Written | Times> &
  PlacedJson & {
    readonly lastPosition: string;
    readonly toldOutside: string;
    readonly pointsAwarded: string;
    readonly cancellation?: CancellationJson;
    readonly reduction?: ReductionJson;
    readonly createTime: string;
    readonly updateTime: string;
    readonly confirmTime?: string;
    readonly cancelTime?: string;
  };
