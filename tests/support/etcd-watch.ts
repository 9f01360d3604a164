import type { EventEmitter } from 'node:events';

import type { Etcd3, IWatchRequest, IWatchResponse } from 'etcd3';

import { eventually } from './eventually.ts';

/** One raw watch stream of etcd's API, with all that came over it. */
export interface RawWatch {
  readonly responses: readonly IWatchResponse[];
  send(request: Partial<IWatchRequest>): void;
  /** The first response that fits and was not taken before; waits for it. */
  take(fits: (response: IWatchResponse) => boolean): Promise<IWatchResponse>;
  /** Starts a watcher and returns the answer. */
  create(request: NonNullable<IWatchRequest['create_request']>): Promise<IWatchResponse>;
  close(): Promise<void>;
}

/** Opens a watch stream beside the client's own, so that a test sees every response as it was sent. */
export async function openRawWatch(client: Etcd3): Promise<RawWatch> {
  const stream = await client.watchClient.watch();
  const responses: IWatchResponse[] = [];
  const taken = new Set<IWatchResponse>();
  stream.on('data', (response) => responses.push(response));
  stream.on('error', () => undefined); // its own cancellation, at the end
  const send = (request: Partial<IWatchRequest>) => void stream.write(request as IWatchRequest);
  const take = (fits: (response: IWatchResponse) => boolean) =>
    eventually(() => {
      const found = responses.find((response) => !taken.has(response) && fits(response));
      if (found === undefined) throw new Error(`no such response among ${JSON.stringify(responses)}`);
      taken.add(found);
      return found;
    });
  return {
    responses,
    send,
    take,
    create(request) {
      send({ create_request: request });
      return take((response) => response.created);
    },
    async close() {
      const ended = new Promise((resolve) => (stream as unknown as EventEmitter).once('status', resolve)); // of grpc-js
      stream.cancel();
      await ended;
    },
  };
}
