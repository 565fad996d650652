/** A binary heap of numbered items by key, least first. */
export interface Heap {
  readonly items: number[];
  readonly keys: number[];
}

/** Makes an empty heap. */
export function createHeap(): Heap {
  return { items: [], keys: [] };
}

/** Adds an item. */
export function pushHeap({ items, keys }: Heap, item: number, key: number): void {
  let index = items.length;
  items.push(item);
  keys.push(key);
  while (index > 0) {
    const parent = (index - 1) >> 1;
    const parentKey = keys[parent] ?? 0;
    if (parentKey <= key) break;
    items[index] = items[parent] ?? 0;
    keys[index] = parentKey;
    index = parent;
  }
  items[index] = item;
  keys[index] = key;
}

/** Removes and returns the item with the least key, or undefined. */
export function popHeap({ items, keys }: Heap): { readonly item: number; readonly key: number } | undefined {
  const [top, topKey] = [items[0], keys[0]];
  const [item, key] = [items.pop(), keys.pop()];
  if (top === undefined || topKey === undefined || item === undefined || key === undefined) return undefined;
  let index = 0;
  while (2 * index + 1 < items.length) {
    let child = 2 * index + 1;
    if (child + 1 < items.length && (keys[child + 1] ?? 0) < (keys[child] ?? 0)) child++;
    if ((keys[child] ?? 0) >= key) break;
    items[index] = items[child] ?? 0;
    keys[index] = keys[child] ?? 0;
    index = child;
  }
  if (items.length > 0) [items[index], keys[index]] = [item, key];
  return { item: top, key: topKey };
}
