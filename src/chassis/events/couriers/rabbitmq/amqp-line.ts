import type { Channel, ChannelModel, ConfirmChannel } from 'amqplib';

import { AppError, raceAbort, systemClock, type Clock } from '../../../core/index.ts';

/** One AMQP connection, until it breaks. It ends for good: whoever needs one opens another. */
export interface AmqpLine {
  /** Fires once when it is gone, with why as its reason; also when it begins to close. */
  readonly lost: AbortSignal;
  openChannel(): Promise<Channel>;
  /** A channel whose messages the server confirms. */
  openConfirmChannel(): Promise<ConfirmChannel>;
  /** Waits for the server's answer. Without one in time the line is given up: heartbeats go on while a server is stuck. */
  answered<Answer>(asked: Promise<Answer>): Promise<Answer>;
  /** Ends it. Idempotent. */
  close(): Promise<void>;
}

/** How a line is opened. */
export interface AmqpLineOptions {
  /** Names it in RabbitMQ's own views. */
  readonly name: string;
  /** Called with RabbitMQ's words when it takes no messages for want of memory or disk, and with undefined when it does again. */
  readonly onBlocked?: (reason: string | undefined) => void;
  /** Ends the attempt. */
  readonly signal: AbortSignal;
  readonly clock?: Pick<Clock, 'setTimer'>;
}

/** A server that does not answer is given up after so long, in milliseconds. */
const CONNECT_TIMEOUT_MS = 5_000;
/** A server that owes an answer for so long is given up, in milliseconds. */
const ANSWER_TIMEOUT_MS = 10_000;
/** A server may take so long to say goodbye, in milliseconds. */
const CLOSE_TIMEOUT_MS = 1_000;

/** Opens one, at one try. Rejects when the server is away. */
export async function openAmqpLine(url: string, options: AmqpLineOptions): Promise<AmqpLine> {
  const { name, onBlocked = () => {}, signal, clock = systemClock } = options;
  const { connect } = await import('amqplib'); // who has no RabbitMQ keeps no client of it in memory
  const cut = new AbortController(); // destroys the socket: amqplib only ends it, and one to a frozen server then stays for ever
  const giveUp = () => cut.abort(signal.reason);
  if (signal.aborted) giveUp();
  signal.addEventListener('abort', giveUp, { once: true });
  const socket = { noDelay: true, timeout: CONNECT_TIMEOUT_MS, signal: cut.signal };
  const connection = await connect(url, { ...socket, clientProperties: { connection_name: name } }).finally(() =>
    signal.removeEventListener('abort', giveUp),
  );
  const lost = new AbortController();
  connection.on('error', (error) => lost.abort(error));
  connection.on('close', (error) => {
    lost.abort(error ?? new Error('RabbitMQ has closed the connection'));
    cut.abort();
  });
  connection.on('blocked', onBlocked);
  connection.on('unblocked', () => onBlocked(undefined));
  const giveUpOn = (reason: unknown) => {
    lost.abort(reason);
    cut.abort();
  };
  async function answered<Answer>(asked: Promise<Answer>): Promise<Answer> {
    const timer = clock.setTimer(ANSWER_TIMEOUT_MS, () => giveUpOn(noAnswer()));
    try {
      return await raceAbort(asked, lost.signal);
    } finally {
      timer.cancel();
    }
  }
  return {
    lost: lost.signal,
    openChannel: async () => watched(await answered(connection.createChannel())),
    openConfirmChannel: async () => watched(await answered(connection.createConfirmChannel())),
    answered,
    async close() {
      if (lost.signal.aborted) return;
      lost.abort(new Error('the connection to RabbitMQ is closed'));
      await sayGoodbye(connection, cut, clock);
    },
  };
}

function noAnswer(): AppError {
  return new AppError({
    status: 'UNAVAILABLE',
    reason: 'BROKER_NO_ANSWER',
    message: `RabbitMQ has not answered within ${ANSWER_TIMEOUT_MS} ms`,
  });
}

/** A channel's error is told by whatever fails on it; without a listener it would end the process. */
function watched<Some extends Channel>(channel: Some): Some {
  channel.on('error', () => undefined);
  return channel;
}

async function sayGoodbye(
  connection: ChannelModel,
  cut: AbortController,
  clock: Pick<Clock, 'setTimer'>,
): Promise<void> {
  const timer = clock.setTimer(CLOSE_TIMEOUT_MS, () => cut.abort());
  const cutOff = new Promise<void>((resolve) => cut.signal.addEventListener('abort', () => resolve(), { once: true }));
  try {
    await Promise.race([connection.close(), cutOff]);
  } finally {
    timer.cancel();
    cut.abort();
  }
}
