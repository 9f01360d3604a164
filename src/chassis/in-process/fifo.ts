/** A queue in the order of arrival that anybody can leave from the middle; everything takes the same short time, however long it is. */
export interface Fifo<Item> {
  readonly size: number;
  readonly first: Item | undefined;
  /** Behind all others. An item is in it once at most. */
  push(item: Item): void;
  /** Takes the first out. */
  shift(): Item | undefined;
  /** True when it was in it. */
  delete(item: Item): boolean;
}

interface Link<Item> {
  readonly item: Item;
  next: Link<Item> | undefined;
  previous: Link<Item> | undefined;
}

/**
 * An empty one. A Set would do but for its iterator, which passes over every place that was left since the table last grew: taking the
 * first of many again and again is quadratic.
 */
export function createFifo<Item>(): Fifo<Item> {
  const links = new Map<Item, Link<Item>>();
  let first: Link<Item> | undefined;
  let last: Link<Item> | undefined;

  const unlink = (link: Link<Item>) => {
    links.delete(link.item);
    if (link.previous === undefined) first = link.next;
    else link.previous.next = link.next;
    if (link.next === undefined) last = link.previous;
    else link.next.previous = link.previous;
  };
  return {
    get size() {
      return links.size;
    },
    get first() {
      return first?.item;
    },
    push(item) {
      const link: Link<Item> = { item, next: undefined, previous: last };
      if (last === undefined) first = link;
      else last.next = link;
      last = link;
      links.set(item, link);
    },
    shift() {
      if (first === undefined) return undefined;
      const { item } = first;
      unlink(first);
      return item;
    },
    delete(item) {
      const link = links.get(item);
      if (link === undefined) return false;
      unlink(link);
      return true;
    },
  };
}
