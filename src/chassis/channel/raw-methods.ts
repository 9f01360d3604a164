import type { CallOptions } from 'nice-grpc';

/**
 * nice-grpc's client of one service, by method name, with the message types forgotten: the chassis puts them back at the
 * outside, where its own client is typed from the same definition. A method answers with a promise, or with an
 * AsyncIterable where its response is a stream.
 */
export type RawMethods = Readonly<Record<string, RawMethod>>;

/** One method of RawMethods. */
export type RawMethod = (request: unknown, options: CallOptions) => Promise<unknown> | AsyncIterable<unknown>;
