import type { handleBidiStreamingCall } from '@grpc/grpc-js';

import type { WatchHub } from '../watch/watch-hub.ts';
import type { MakeHeader } from '../wire/header.ts';
import type { WatchRequestMessage } from '../wire/messages.ts';
import { toWatchRequest } from '../wire/requests.ts';
import { fromWatch } from '../wire/responses.ts';
import type { OpenStreams } from './open-streams.ts';

/**
 * `etcdserverpb.Watch` on a hub. A client that half-closes goes on receiving, as with etcd; one that does not read is
 * neither read from nor written to until it does, and finds what it missed in the history.
 */
export function watch(
  hub: WatchHub,
  header: MakeHeader,
  streams: OpenStreams,
): handleBidiStreamingCall<WatchRequestMessage, object> {
  return (call) => {
    streams.add(call);
    const { stream, leave } = hub.join((response) => {
      const takesMore = call.write(fromWatch(response, header));
      if (!takesMore) call.pause();
      return takesMore;
    });
    call.on('data', (request: WatchRequestMessage) => {
      if (request.create_request) stream.create(toWatchRequest(request.create_request));
      else if (request.cancel_request) stream.cancel(Number(request.cancel_request.watch_id));
      else if (request.progress_request) stream.requestProgress();
    });
    call.on('drain', () => {
      call.resume();
      stream.ready();
    });
    call.on('cancelled', leave);
    call.on('close', leave);
  };
}
