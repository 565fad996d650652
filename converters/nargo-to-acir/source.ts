/**
 * Source: a cursor over the bytes of a program, as serde's data model sees them. Two wire formats implement it
 * (bincode-source.ts, msgpack-source.ts); the type tree is written once above it (read-*.ts) with the combinators here.
 *
 * Nothing here trusts a length: amounts are checked against the bytes that are left before anything is allocated, and
 * recursive types carry a depth limit.
 */
import { BionoirError, type ErrorCode } from '../../src/errors.ts';

/** The cursor. */
export interface Source {
  /** Offset of the next byte in the unpacked program. */
  readonly offset: number;
  readonly remaining: number;
  boolean(): boolean;
  u8(): number;
  u32(): number;
  u64(): bigint;
  /** A u64 that serves as an amount, an address or a code position: below 2^53. */
  size(): number;
  text(): string;
  /** A field element below p, interned. */
  field(): bigint;
  /** A column of zeros for `length` witnesses, cheap when short. */
  column(length: number): Uint32Array;
  /** Enters a list of any length and gives that length. */
  list(): number;
  /** Enters a map of any size and gives the amount of its entries. */
  entries(): number;
  /** Enters a list (or tuple) of known length. */
  tuple(length: number): void;
  /** Enters a fixed array of known length: as a tuple, but with a length of its own in the oldest format. */
  array(length: number): void;
  /** Enters a struct; the result goes into each {@link key} call. */
  struct(fieldCount: number): StructForm;
  /** Stands before the field `names[index]`. */
  key(form: StructForm, names: readonly string[], index: number): void;
  /** Whether markers tell what comes next; only then do the three peeks below work. */
  readonly describesItself: boolean;
  /** Amount of fields or items of what comes next, without entering it. */
  peekCount(): number;
  /** Whether a boolean comes next. */
  peekBoolean(): boolean;
  /** Whether a plain integer comes next. */
  peekInteger(): boolean;
  /** Enters an enum and gives the index of its variant. */
  variant(names: readonly string[]): number;
  /** Ends a variant without data. */
  unit(): void;
  /** Ends the head of a variant with data. */
  payload(): void;
  /** Whether an optional value is there; if so it follows. */
  option(): boolean;
  /** The error of this place. */
  fail(what: string): BionoirError;
}

/** How the fields of a struct stand: in order without keys, with their names, or with their numbers. */
export type StructForm = 'positional' | 'named' | 'tagged';

/** Reads one value where the cursor stands and leaves the cursor behind it. */
export type Read<T> = (source: Source) => T;

/** Recursive types (shapes of foreign calls) may nest so deep; real ones stay below 10. */
export const MAX_DEPTH = 64;

// The scalars of the data model, as readers.

export const boolean: Read<boolean> = source => source.boolean();
export const u8: Read<number> = source => source.u8();
export const u32: Read<number> = source => source.u32();
export const u64: Read<bigint> = source => source.u64();
export const size: Read<number> = source => source.size();
export const text: Read<string> = source => source.text();
export const field: Read<bigint> = source => source.field();

/** Lists up to this length are allocated at once: longer ones grow, since a length alone is only a claim. */
const MAX_CLAIM = 65_536;

/** A list to be filled with `length` items: of exact capacity, because most are short and growth overshoots. */
export function emptyList<T>(length: number): T[] {
  return length <= MAX_CLAIM ? new Array(length) : [];
}

/** Reads a list of any length. */
export function list<T>(item: Read<T>): Read<T[]> {
  return source => {
    const length = source.list();
    const items = emptyList<T>(length);
    for (let i = 0; i < length; i++) items[i] = item(source);
    return items;
  };
}

/** Reads a fixed array. */
export function array<T>(length: number, item: Read<T>): Read<T[]> {
  return source => {
    source.array(length);
    return Array.from({ length }, () => item(source));
  };
}

/** Reads a tuple whose items have one type. */
export function tuple<T>(length: number, item: Read<T>): Read<T[]> {
  return source => {
    source.tuple(length);
    return Array.from({ length }, () => item(source));
  };
}

/** Reads a tuple of two types. */
export function pair<A, B>(first: Read<A>, second: Read<B>): Read<readonly [A, B]> {
  return source => {
    source.tuple(2);
    const left = first(source);
    return [left, second(source)];
  };
}

type Fields = Readonly<Record<string, Read<unknown>>>;
/** What a table of readers gives. */
export type Struct<F extends Fields> = { readonly [K in keyof F]: ReturnType<F[K]> };

/** Reads a struct: the table's keys are the wire's field names, its order the wire's order. */
export function struct<F extends Fields>(fields: F): Read<Struct<F>> {
  const names = Object.keys(fields);
  const readers = Object.values(fields);
  return source => {
    const form = source.struct(names.length);
    const result: Record<string, unknown> = {};
    for (let i = 0; i < names.length; i++) {
      source.key(form, names, i);
      result[names[i] as string] = (readers[i] as Read<unknown>)(source);
    }
    // The loop has put exactly the keys of `fields` there, each from its own reader.
    return result as Struct<F>;
  };
}

/** Reads an enum: the table's order is the wire's numbering. Unit variants read with {@link unit}. */
export function variants<T>(table: Readonly<Record<string, Read<T>>>): Read<T> {
  const names = Object.keys(table);
  const readers = Object.values(table);
  return source => (readers[source.variant(names)] as Read<T>)(source);
}

/** A variant with data. */
export function data<A, T>(read: Read<A>, to: (value: A) => T): Read<T> {
  return source => {
    source.payload();
    return to(read(source));
  };
}

/** A variant without data. */
export function unit<T>(value: T): Read<T> {
  return source => {
    source.unit();
    return value;
  };
}

/** An enum of unit variants: the index of the variant picks from `values`. */
export function choice<T>(names: readonly string[], values: readonly T[]): Read<T> {
  return source => {
    const index = source.variant(names);
    source.unit();
    return values[index] as T;
  };
}

/** Reads an optional value. */
export function option<T>(read: Read<T>): Read<T | undefined> {
  return source => (source.option() ? read(source) : undefined);
}

/** Reads, then translates. */
export function map<A, B>(read: Read<A>, to: (value: A) => B): Read<B> {
  return source => to(read(source));
}

/** Reads a type that contains itself, to a depth of {@link MAX_DEPTH}. */
export function recursive<T>(build: (self: Read<T>) => Read<T>): Read<T> {
  let depth = 0;
  const self: Read<T> = source => {
    if (depth >= MAX_DEPTH) throw source.fail(`a type nested deeper than ${MAX_DEPTH} levels`);
    depth++;
    try {
      return read(source);
    } finally {
      depth--;
    }
  };
  const read = build(self);
  return self;
}

/** What a source holds, for errors. */
export interface Subject {
  readonly code: ErrorCode;
  /** "ACIR program". */
  readonly what: string;
  /** What to do when it is damaged. */
  readonly advice: string;
}

/** Subject of programs. */
export const PROGRAM: Subject = {
  code: 'MALFORMED_ARTIFACT',
  what: 'ACIR program',
  advice: 'Was the artifact cut, edited or written by another tool? Compile it again.',
};

/** The error of bytes that do not follow their format. */
export function malformed(subject: Subject, what: string, offset: number): BionoirError {
  return new BionoirError(
    subject.code,
    `The ${subject.what} holds ${what} at byte ${offset} (unpacked). ${subject.advice}`,
    { details: { offset }, location: `byte ${offset}` },
  );
}
