import { describe, expect, it } from '@jest/globals';

import { keyRange } from '../../../src/embedded/etcd/store/key-range.ts';
import { createWatchHub } from '../../../src/embedded/etcd/watch/watch-hub.ts';
import type { WatchResponse } from '../../../src/embedded/etcd/watch/watch-stream.ts';
import type { WatchRequest } from '../../../src/embedded/etcd/watch/watcher.ts';
import { createManualClock } from '../../support/manual-clock.ts';
import { putOf, storeWithBook } from './operations.ts';

const ALL: WatchRequest = {
  range: keyRange('\0', '\0'),
  startRevision: 0,
  watchId: 0,
  withPrevious: false,
  without: [],
  progressNotify: false,
};

function setUp({ historyLimit = 10_000 } = {}) {
  const clock = createManualClock();
  const { store } = storeWithBook(historyLimit);
  const hub = createWatchHub({ store, clock, progressNotifyIntervalMs: 1_000 });
  const responses: WatchResponse[] = [];
  let takesMore = true;
  const { stream, leave } = hub.join((response) => {
    responses.push(response);
    return takesMore;
  });
  const block = () => {
    takesMore = false;
  };
  const unblock = () => {
    takesMore = true;
    stream.ready();
  };
  const values = () => responses.flatMap((r) => (r.events ?? []).map((event) => event.kv.value.toString()));
  return { clock, store, hub, stream, leave, responses, values, block, unblock };
}

describe('createWatchHub', () => {
  it('holds events back from a client that does not read, and loses none', () => {
    const { store, stream, responses, values, block, unblock } = setUp();
    stream.create(ALL);
    block();
    for (let value = 0; value < 50; value += 1) store.put(putOf('a', String(value)));
    expect(responses).toHaveLength(2); // the creation, and the event after which it stopped reading
    unblock();
    expect(values()).toEqual(Array.from({ length: 50 }, (_, value) => String(value)));
    expect(responses.at(-1)?.revision).toBe(store.revision);
  });

  it('ends a watcher that fell behind the history, instead of keeping events for it', () => {
    const { store, stream, responses, block, unblock } = setUp({ historyLimit: 10 });
    stream.create(ALL);
    block();
    for (let value = 0; value < 100; value += 1) store.put(putOf('a', String(value)));
    unblock();
    expect(responses.at(-1)).toMatchObject({ canceled: true, compactRevision: store.compactedRevision });
    store.put(putOf('a', 'more'));
    expect(responses).toHaveLength(3);
  });

  it('cuts a long history between revisions, and says how far each part goes', () => {
    const { store, stream, responses, values } = setUp();
    for (let value = 0; value < 2_500; value += 1) store.put(putOf('a', String(value)));
    stream.create({ ...ALL, startRevision: 2 });
    expect(responses.slice(1).map((r) => [r.events?.length, r.revision])).toEqual([
      [1_000, 1_001],
      [1_000, 2_001],
      [500, 2_501],
    ]);
    expect(new Set(values()).size).toBe(2_500);
  });

  it('keeps what it puts together small enough for a gRPC client', () => {
    const { store, stream, responses } = setUp();
    for (let value = 0; value < 10; value += 1) store.put(putOf('a', 'x'.repeat(600_000)));
    stream.create({ ...ALL, startRevision: 2 });
    expect(responses.slice(1).map((r) => r.events?.length)).toEqual([2, 2, 2, 2, 2]);
  });

  it('tells an idle watcher from time to time how far it is, when it asked for it', () => {
    const { clock, store, stream, responses } = setUp();
    stream.create({ ...ALL, progressNotify: true });
    stream.create(ALL);
    const told = () => responses.splice(0).map((r) => [r.watchId, r.revision, r.events?.length]);
    told();
    clock.advance(1_000);
    expect(told()).toEqual([[0, 1, undefined]]);
    store.put(putOf('a', '1'));
    told();
    clock.advance(1_000);
    expect(told()).toEqual([]); // the event said as much
    clock.advance(1_000);
    expect(told()).toEqual([[0, store.revision, undefined]]);
  });

  it('answers a progress request only after all that happened before it', () => {
    const { store, stream, responses, block, unblock } = setUp();
    stream.create(ALL);
    block();
    store.put(putOf('a', '1'));
    store.put(putOf('a', '2'));
    stream.requestProgress();
    expect(responses).toHaveLength(2);
    unblock();
    expect(responses.slice(2).map((r) => [r.watchId, r.revision])).toEqual([
      [0, 3],
      [-1, 3],
    ]);
  });

  it('forgets a stream that left', () => {
    const { store, stream, leave, responses } = setUp();
    stream.create(ALL);
    leave();
    store.put(putOf('a', '1'));
    expect(responses).toHaveLength(1);
  });
});
