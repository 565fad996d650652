/**
 * Lowers MemoryInit and MemoryOp. A block is the list of its cells as forms; a constant index costs nothing. A witness
 * index is proved to lie inside the block (the compiler relies on it: no RANGE opcode says so), by the cheapest of
 *
 * - its bits: a constant table costs about twice the square root of its size (table.ts); other cells a tree of selects
 * - a one-hot vector of selectors, which writes need, and which serves every later access with the same index
 * - with lookups, a table of pairs (j, cell j), where a block is never written and read often enough (lookups/rom.ts)
 *
 * In gated templates the index is gate * index, which is 0 and so valid when the call is off.
 */
import type { MemoryInit, MemoryOp } from '../../src/acir/types.ts';
import { BionoirError } from '../../src/errors.ts';
import {
  emitRow,
  type GadgetBuilder,
  hint,
  placeOf,
  recordRead,
  recordRom,
  unsatisfiable,
  witnessForm,
} from './builder.ts';
import {
  combineForms,
  constantForm,
  constantOf,
  type Form,
  formKey,
  ONE_FORM,
  signalForm,
  subtractForms,
  ZERO_FORM,
} from './forms.ts';
import {
  assertZero,
  assignWitness,
  checkedSignal,
  define,
  expressionForm,
  product,
  range,
  select,
  toBits,
} from './gadgets.ts';
import { lookUpConstant, tableCost } from './table.ts';

/** Starts a block. Costs nothing. */
export function lowerMemoryInit(builder: GadgetBuilder, opcode: MemoryInit): void {
  builder.blocks.set(
    opcode.block,
    opcode.init.map(witness => witnessForm(builder, witness)),
  );
}

/**
 * Proves: 0 <= index < length, and for a read value = cells[index]; a write replaces the cell.
 * Costs: 0 with a constant index. Otherwise for n cells: a read n - 1 rows and the index's bits (about 2 sqrt(n) when all
 * cells are constants), a write 2 n - 1 rows.
 */
export function lowerMemoryOp(builder: GadgetBuilder, opcode: MemoryOp): void {
  const cells = builder.blocks.get(opcode.block);
  if (cells === undefined) throw uninitialised(builder, opcode.block);
  const index = expressionForm(builder, opcode.index);
  const constant = constantOf(index);
  if (cells.length === 0 || (constant !== undefined && constant >= BigInt(cells.length))) {
    if (builder.gate === undefined)
      throw unsatisfiable(`reads cell ${constant ?? 0} of ${cells.length}`, placeOf(builder));
    assertZero(builder, ONE_FORM);
    return;
  }
  const position = constant === undefined ? undefined : Number(constant);
  if (opcode.write) {
    const value = expressionForm(builder, opcode.value);
    if (position === undefined) builder.blocks.set(opcode.block, writeDynamic(builder, cells, index, value));
    else cells[position] = value;
    return;
  }
  if (position === undefined && isReadByLookups(builder, opcode.block, cells)) {
    readByLookup(builder, opcode, { cells, index });
    return;
  }
  const cell = position === undefined ? readDynamic(builder, cells, index) : (cells[position] ?? ZERO_FORM);
  assignExpression(builder, opcode, cell);
}

function assignExpression(builder: GadgetBuilder, { value }: MemoryOp, cell: Form): void {
  const { witnesses, coefficients } = value.linear;
  const [witness] = witnesses;
  const isWitness = value.mulTerms.length === 0 && witnesses.length === 1 && value.constant === 0n;
  if (isWitness && coefficients[0] === 1n && witness !== undefined) assignWitness(builder, witness, cell);
  else assertZero(builder, subtractForms(builder.prime, expressionForm(builder, value), cell));
}

/**
 * Whether lookups cost less than selects for all reads of the block in this function. Not in gated templates, where the
 * solver has no frame to take the value from, nor for a block that is written.
 */
function isReadByLookups(builder: GadgetBuilder, block: number, cells: readonly Form[]): boolean {
  if (builder.tables === undefined || builder.gate !== undefined) return false;
  if (builder.roms.has(block)) return true;
  let reads = 0;
  for (const opcode of builder.circuit.opcodes) {
    if (opcode.kind !== 'memory-op' || opcode.block !== block) continue;
    if (opcode.write) return false;
    if (opcode.index.linear.witnesses.length > 0 || opcode.index.mulTerms.length > 0) reads++;
  }
  const constants = cells.filter(cell => constantOf(cell) !== undefined).length;
  const byLookups = 2 * reads + 2 * cells.length - constants + 1;
  const bits = indexBits(cells.length);
  const bySelects = bits + (constants === cells.length ? tableCost(bits) : cells.length - 1);
  return byLookups < reads * bySelects;
}

/**
 * Proves: 0 <= index < length and value = cells[index]. Costs: 2 rows, and for the block once 2 a cell (1 where it is
 * constant) and 1.
 */
function readByLookup(
  builder: GadgetBuilder,
  { block, value }: MemoryOp,
  { cells, index }: { readonly cells: readonly Form[]; readonly index: Form },
): void {
  const table = builder.roms.get(block) ?? recordRom(builder, cells);
  builder.roms.set(block, table);
  recordRead(builder, table, { index, value: expressionForm(builder, value) });
}

function readDynamic(builder: GadgetBuilder, cells: readonly Form[], index: Form): Form {
  const constants = cells.map(constantOf);
  const isTable = constants.every(value => value !== undefined);
  const known = builder.selectors.get(selectorKey(index, cells.length));
  const bitCount = indexBits(cells.length);
  const byBits =
    costOfBits(builder, cells.length, index) + (isTable ? tableCost(bitCount) : cells.length - 1);
  const bySelectors = (known === undefined ? cells.length - 1 : 0) + (isTable ? 0 : cells.length - 1);
  if (bySelectors <= byBits) return selectCell(builder, cells, selectorsOf(builder, index, cells.length));
  const bits = boundedBits(builder, index, cells.length);
  if (isTable)
    return lookUpConstant(
      builder,
      constants.map(value => value ?? 0n),
      bits,
    );
  return selectByBits(builder, cells, bits);
}

function indexBits(length: number): number {
  return Math.max(0, Math.ceil(Math.log2(length)));
}

/** Rows for the index's bits and its bound. */
function costOfBits(builder: GadgetBuilder, length: number, index: Form): number {
  const width = indexBits(length);
  const known = builder.bits.get(formKey(index));
  const bits = known !== undefined && known.length <= width ? 0 : width;
  return bits + (length === 2 ** width ? 0 : width);
}

/** The index's bits, with index < length proved. */
function boundedBits(builder: GadgetBuilder, index: Form, length: number): readonly Form[] {
  const width = indexBits(length);
  const bits = toBits(builder, index, width);
  if (length < 2 ** width) {
    const last = constantForm(builder.prime, BigInt(length - 1));
    range(builder, subtractForms(builder.prime, last, index), width);
  }
  return bits;
}

/** A tree of selects, one level a bit; where the last pair is incomplete its single cell goes up. */
function selectByBits(builder: GadgetBuilder, cells: readonly Form[], bits: readonly Form[]): Form {
  let level = cells;
  for (const bit of bits) {
    const next: Form[] = [];
    for (let k = 0; k < level.length; k += 2) {
      const [even = ZERO_FORM, odd] = [level[k], level[k + 1]];
      next.push(odd === undefined ? even : select(builder, bit, odd, even));
    }
    level = next;
  }
  return level[0] ?? ZERO_FORM;
}

/** sum b_j cell_j = cell_0 + sum b_j (cell_j - cell_0), since the selectors add up to one. */
function selectCell(builder: GadgetBuilder, cells: readonly Form[], selectors: readonly Form[]): Form {
  const [first = ZERO_FORM] = cells;
  const terms = cells.slice(1).map((cell, index) => {
    const difference = subtractForms(builder.prime, cell, first);
    return { form: product(builder, selectors[index + 1] ?? ZERO_FORM, difference), factor: 1n };
  });
  return combineForms(builder.prime, [{ form: first, factor: 1n }, ...terms]);
}

/** cell_j + b_j (value - cell_j), as signals, so that forms do not grow from write to write. */
function writeDynamic(builder: GadgetBuilder, cells: readonly Form[], index: Form, value: Form): Form[] {
  const selectors = selectorsOf(builder, index, cells.length);
  return cells.map((cell, j) => {
    const written = select(builder, selectors[j] ?? ZERO_FORM, value, cell);
    return constantOf(written) === undefined && written.signals.length > 4
      ? define(builder, written)
      : written;
  });
}

function selectorKey(index: Form, length: number): string {
  return `${length} ${formKey(index)}`;
}

/**
 * Returns the one-hot vector of an index below `length`.
 *
 * Proves: b_j = 1 for j = index, else 0, and 0 <= index < length (gated: of gate * index). With b_j (i - j) = 0 for
 * j < n - 1, sum b_j = 1 and sum j b_j = i: if i is none of 0..n-2, all these b_j are 0, so b_{n-1} = 1 and i = n - 1. If
 * i = j, the others of them are 0, b_{n-1} = 1 - b_j, and j b_j + (n - 1)(1 - b_j) = j leaves b_j = 1.
 * Costs: n - 1 rows and two linear ones that simplification spends on selectors.
 */
function selectorsOf(builder: GadgetBuilder, index: Form, length: number): readonly Form[] {
  const key = selectorKey(index, length);
  const known = builder.selectors.get(key);
  if (known !== undefined) return known;
  const { prime } = builder;
  const position = signalForm(checkedSignal(builder, index));
  const selectors = length === 1 ? [ONE_FORM] : hint(builder, 'one-hot', [position], { size: length });
  selectors.slice(0, -1).forEach((selector, j) => {
    const distance = subtractForms(prime, position, constantForm(prime, BigInt(j)));
    emitRow(builder, selector, distance, ZERO_FORM);
  });
  const sum = combineForms(
    prime,
    selectors.map(form => ({ form, factor: 1n })),
  );
  const weighted = combineForms(
    prime,
    selectors.map((form, j) => ({ form, factor: BigInt(j) })),
  );
  emitRow(builder, ZERO_FORM, ZERO_FORM, subtractForms(prime, sum, ONE_FORM));
  emitRow(builder, ZERO_FORM, ZERO_FORM, subtractForms(prime, weighted, position));
  builder.selectors.set(key, selectors);
  return selectors;
}

function uninitialised(builder: GadgetBuilder, block: number): BionoirError {
  const place = placeOf(builder);
  return new BionoirError(
    'MALFORMED_PROGRAM',
    `Memory block ${block} is used before it is initialised: ${place}. Compile the program again.`,
    { location: place, details: { block } },
  );
}
