/**
 * Memory that is written at witness indices, by lookups: offline memory checking (M. Blum, W. Evans, P. Gemmell, S. Kannan,
 * M. Naor, "Checking the correctness of memories", 1991), with the bookkeeping of lookups/rom.ts.
 *
 * An *event* is the initialisation of a cell, or an access. Of a block of n cells, event j < n initialises cell j, and
 * event n + i is access i; a read stores what it found. Event e has an address a_e and a value v_e. Two tables:
 *
 *     order    rows (e, a_e), each looked up exactly once     by access i as (e_i, address), and once by each cell j as (f_j, j)
 *     values   rows (e, v_e), looked up at will               by a read as (e_i, value), and by the cells that are read after
 *                                                             the last access, as (f_j, value)
 *
 * where e_i, the event that access i follows, and f_j, the last event of cell j, are hints, with n + i - 1 - e_i in
 * [0, 2^k), 2^k >= n + accesses.
 *
 * Why it is right. That each row of `order` is looked up once (lookups/argument.ts: keys and rows are equal as multisets)
 * makes the e_i and f_j a bijection of accesses and cells with events, under which addresses agree. An e_i is one of the
 * events, so the range says e_i < n + i: e_i comes before the access. Take an address x, and the accesses to it in order:
 * m of them. If x is no cell, the m events at x are these accesses, and the first of them follows none that comes before it.
 * So x is a cell, and the m + 1 events at x are its initialisation and the accesses; by induction the k-th access follows the one
 * before it, for all earlier ones have followers already. Event numbers are the first column of `values`, so a read finds the
 * value of the event before it at its address, and f_j is the last one of cell j.
 *
 * Indices need no range of their own. Assumes: 2^k + n + accesses <= p, which is checked. Not used in gated templates.
 *
 * Costs: a read 6 rows and a range, a write 5 and a range (one less where the address is constant), a cell 3 (4 where its
 * first value is not constant; 2 more where it is read at the end), and 2 rows. Hints: the solver plays the memory with one-hot vectors,
 * whose slots become no wires.
 */
import { type GadgetBuilder, hint, recordRead, recordRom } from './builder.ts';
import { combineForms, constantForm, constantOf, type Form, subtractForms, ZERO_FORM } from './forms.ts';
import { range } from './gadgets.ts';
import type { BlockUse } from './memory-use.ts';

/** A memory in use. */
export interface Ram {
  readonly use: BlockUse;
  /** By event: its address and value. */
  readonly addresses: Form[];
  readonly values: Form[];
  /** By access: the event that it follows, and the value that a read claims to find there. */
  readonly followed: { readonly event: Form; readonly address: Form; readonly found?: Form }[];
  /** What the solver knows, by cell: its last event, and its value where that is asked for in the end. */
  readonly lastEvents: Form[];
  readonly currentValues: Form[];
}

/** One access. */
export interface Access {
  readonly address: Form;
  /** What a read finds, or a write leaves. */
  readonly value: Form;
  readonly isWrite: boolean;
}

/** Whether events cost fewer rows than selectors, and the field holds their numbers. */
export function paysRam(prime: bigint, cells: readonly Form[], use: BlockUse): boolean {
  const n = cells.length;
  const { reads, writes, constantReads, constantWrites, indexCount, finalReads } = use.ram;
  if (2n ** BigInt(eventBits(n, use)) + BigInt(n + accessCount(use)) > prime) return false;
  const variables = cells.filter(cell => constantOf(cell) === undefined).length;
  const bySelectors = indexCount * (n - 1) + writes * n + reads * (n - 1);
  const byEvents =
    (6 + RANGE_ROWS) * reads +
    (5 + RANGE_ROWS) * (writes + constantReads) +
    (4 + RANGE_ROWS) * constantWrites +
    (3 * n + variables + 2 * finalReads.size + 2);
  return byEvents < bySelectors;
}

/** What a range of a few bits takes about. */
const RANGE_ROWS = 2;

function accessCount({ ram }: BlockUse): number {
  return ram.reads + ram.writes + ram.constantReads + ram.constantWrites;
}

function eventBits(cellCount: number, use: BlockUse): number {
  return Math.ceil(Math.log2(cellCount + accessCount(use)));
}

/** Begins with the cells as they are. */
export function startRam(builder: GadgetBuilder, cells: readonly Form[], use: BlockUse): Ram {
  const numbers = cells.map((_, cell) => constantForm(builder.prime, BigInt(cell)));
  return {
    use,
    addresses: [...numbers],
    values: [...cells],
    followed: [],
    lastEvents: [...numbers],
    currentValues: [...cells],
  };
}

/** Proves, with {@link finishRam}: what the head of this file says. Costs: a range here, the rest at the end. */
export function accessRam(builder: GadgetBuilder, ram: Ram, { address, value, isWrite }: Access): void {
  const { prime } = builder;
  const number = ram.addresses.length;
  const time = constantForm(prime, BigInt(number));
  const flags = flagsOf(builder, address, ram.lastEvents.length);
  const event = pick(builder, flags, ram.lastEvents);
  const last = constantForm(prime, BigInt(number - 1));
  range(builder, subtractForms(prime, last, event), eventBits(ram.lastEvents.length, ram.use));
  ram.followed.push({ event, address, ...(isWrite ? {} : { found: value }) });
  ram.addresses.push(address);
  ram.values.push(value);
  replace(builder, flags, ram.lastEvents, time);
  if (isWrite && ram.use.ram.finalReads.size > 0) replace(builder, flags, ram.currentValues, value);
}

/** Ends the memory; returns its cells, with values for those that are read later (ZERO_FORM for others). */
export function finishRam(builder: GadgetBuilder, ram: Ram): Form[] {
  const { finalReads } = ram.use.ram;
  const order = recordRom(builder, ram.addresses, 'once');
  const values = recordRom(builder, ram.values);
  for (const { event, address, found } of ram.followed) {
    recordRead(builder, order, { index: event, value: address });
    if (found !== undefined) recordRead(builder, values, { index: event, value: found });
  }
  return ram.lastEvents.map((event, cell) => {
    recordRead(builder, order, { index: event, value: constantForm(builder.prime, BigInt(cell)) });
    if (!finalReads.has(cell)) return ZERO_FORM;
    const [value = ZERO_FORM] = hint(builder, 'linear', [ram.currentValues[cell] ?? ZERO_FORM]);
    recordRead(builder, values, { index: event, value });
    return value;
  });
}

/** The solver's one-hot vector of an address; nothing is proved of it. */
function flagsOf(builder: GadgetBuilder, address: Form, size: number): readonly Form[] | number {
  const constant = constantOf(address);
  return constant === undefined ? hint(builder, 'one-hot', [address], { size }) : Number(constant);
}

/** A hint: the entry at the address. */
function pick(builder: GadgetBuilder, flags: readonly Form[] | number, entries: readonly Form[]): Form {
  if (typeof flags === 'number') return entries[flags] ?? ZERO_FORM;
  const terms = flags.map((flag, j) => ({
    form: hint(builder, 'product', [flag, entries[j] ?? ZERO_FORM])[0] ?? ZERO_FORM,
    factor: 1n,
  }));
  return hint(builder, 'linear', [combineForms(builder.prime, terms)])[0] ?? ZERO_FORM;
}

/** Hints: the entries with one replaced. */
function replace(
  builder: GadgetBuilder,
  flags: readonly Form[] | number,
  entries: Form[],
  value: Form,
): void {
  if (typeof flags === 'number') {
    entries[flags] = value;
    return;
  }
  for (const [j, flag] of flags.entries()) {
    const before = entries[j] ?? ZERO_FORM;
    const [change = ZERO_FORM] = hint(builder, 'product', [
      flag,
      subtractForms(builder.prime, value, before),
    ]);
    const sum = combineForms(builder.prime, [
      { form: before, factor: 1n },
      { form: change, factor: 1n },
    ]);
    entries[j] = hint(builder, 'linear', [sum])[0] ?? ZERO_FORM;
  }
}
