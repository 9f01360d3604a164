import { PRIORITIES, type Priority } from '../core/index.ts';
import { createFifo, type Fifo } from './fifo.ts';

/** What has a place in an order. */
export interface Laned {
  /** Items of one key are taken one after the other, in their order; undefined: in no order with any other. */
  readonly key: string | undefined;
  readonly priority: Priority;
}

/** Which item is next: in the order of each key, the most important first, then in the order of arrival. */
export interface Lanes<Item extends Laned> {
  /** Whether `next` would give one. */
  readonly hasNext: boolean;
  /** Whether nothing of this key is taken or waits. */
  isFree(key: string | undefined): boolean;
  /** Behind those of its key. */
  add(item: Item): void;
  /** Takes one; its key is held until the item is released. */
  next(): Item | undefined;
  /** An item that was taken waits to be taken again, still before the others of its key. */
  putBack(item: Item): void;
  /** An item that was taken is done with: the next one of its key may be taken. */
  release(item: Item): void;
  /** Takes out an item that waits. */
  remove(item: Item): void;
}

/** None waits. A lane exists while something of its key does, so keys may be of any number. */
export function createLanes<Item extends Laned>(): Lanes<Item> {
  const ready: Readonly<Record<Priority, Fifo<Item>>> = {
    critical: createFifo(),
    normal: createFifo(),
    sheddable: createFifo(),
  };
  /** Those behind the one of each key that is ready or taken. */
  const behind = new Map<string, Fifo<Item> | undefined>();

  const putBack = (item: Item) => ready[item.priority].push(item);
  const release = ({ key }: Item) => {
    if (key === undefined) return;
    const next = behind.get(key)?.shift();
    if (next === undefined) behind.delete(key);
    else putBack(next);
  };
  return {
    get hasNext() {
      return ready.normal.size > 0 || ready.critical.size > 0 || ready.sheddable.size > 0;
    },
    isFree: (key) => key === undefined || !behind.has(key),
    add(item) {
      const { key } = item;
      if (key === undefined || !behind.has(key)) {
        if (key !== undefined) behind.set(key, undefined); // a queue is made for who really waits
        return putBack(item);
      }
      const lane = behind.get(key) ?? createFifo<Item>();
      behind.set(key, lane);
      lane.push(item);
    },
    next() {
      for (const priority of PRIORITIES) {
        const item = ready[priority].shift();
        if (item !== undefined) return item;
      }
      return undefined;
    },
    putBack,
    release,
    remove(item) {
      if (ready[item.priority].delete(item)) release(item);
      else if (item.key !== undefined) behind.get(item.key)?.delete(item);
    },
  };
}
