/** The writing counterparts of the combinators in source.ts: each gives a value that knows how to write itself. */
import type { MsgpackSink } from './msgpack-sink.ts';

/** A value that knows how to write itself. */
export type Emit = (sink: MsgpackSink) => void;
/** The fields of a struct in wire order, by wire name. */
export type EmitFields = Readonly<Record<string, Emit>>;

// Scalars.

export const integer =
  (value: number | bigint): Emit =>
  sink =>
    sink.integer(value);

export const field =
  (value: bigint): Emit =>
  sink =>
    sink.field(value);

export const text =
  (value: string): Emit =>
  sink =>
    sink.text(value);

export const boolean =
  (value: boolean): Emit =>
  sink =>
    sink.boolean(value);

/** A list (or fixed array, or tuple of one type). */
export function list<T>(items: readonly T[], emit: (item: T) => Emit): Emit {
  return sink => {
    sink.list(items.length);
    for (const item of items) emit(item)(sink);
  };
}

/** A tuple of several types. */
export function tuple(...items: readonly Emit[]): Emit {
  return list(items, item => item);
}

/** A struct, given its fields in wire order. */
export function struct(fields: EmitFields): Emit {
  const names = Object.keys(fields);
  return sink => {
    if (sink.form === 'named') sink.map(names.length);
    else sink.list(names.length);
    for (const name of names) {
      if (sink.form === 'named') sink.text(name);
      (fields[name] as Emit)(sink);
    }
  };
}

/** One of the three structs whose fields the tagged form numbers. */
export function container(fields: EmitFields): Emit {
  return sink => {
    if (sink.form !== 'tagged') return struct(fields)(sink);
    const emits = Object.values(fields);
    sink.map(emits.length);
    emits.forEach((emit, tag) => {
      sink.integer(tag);
      emit(sink);
    });
  };
}

/** The variant `name` of an enum whose variants are `names`, with its data if it has any. */
export function variant(names: readonly string[], name: string, data?: Emit): Emit {
  return sink => {
    const tagged = sink.form === 'tagged';
    if (!tagged && data === undefined) return sink.text(name);
    sink.map(1);
    if (tagged) sink.integer(names.indexOf(name));
    else sink.text(name);
    if (data === undefined) sink.nil();
    else data(sink);
  };
}
