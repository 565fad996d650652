/**
 * Lowers MemoryInit and MemoryOp. A block is the list of its cells as forms; a constant index costs nothing. A witness
 * index is proved to lie inside the block (the compiler relies on it: no RANGE opcode says so), by the cheapest of
 *
 * - its bits: constant tables cost about twice the square root of their size, or nothing beyond the products of the
 *   index's bits, where there are several (table.ts); other cells a tree of selects
 * - a one-hot vector of selectors, which writes need, and which serves every later access with the same index
 * - with lookups, a table of pairs (j, cell j), where a block is never written and read often enough (lookups/rom.ts); a
 *   block that is written often, by its events (ram.ts)
 *
 * In gated templates the index is gate * index, which is 0 and so valid when the call is off.
 */
import type { Expression, MemoryInit, MemoryOp } from '../../src/acir/types.ts';
import { BionoirError } from '../../src/errors.ts';
import {
  emitRow,
  type GadgetBuilder,
  hint,
  placeOf,
  recordRead,
  recordRom,
  recordSharedRead,
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
  select,
  toBits,
} from './gadgets.ts';
import { memoryIdOf, memoryKey } from './lookups/tables.ts';
import { indexText, provenBits } from './memory-use.ts';
import { accessRam, finishRam, paysRam, type Ram, startRam } from './ram.ts';
import { assertAtMost, limitCost, lookUpConstant, tablesCost } from './table.ts';

/** Starts a block. Costs nothing. */
export function lowerMemoryInit(builder: GadgetBuilder, opcode: MemoryInit): void {
  builder.blocks.set(
    opcode.block,
    opcode.init.map(witness => witnessForm(builder, witness)),
  );
}

/**
 * Proves: 0 <= index < length, and for a read value = cells[index]; a write replaces the cell.
 * Costs: 0 with a constant index. Otherwise for n cells: a read n - 1 rows and the index's bits (less when all
 * cells are constants: table.ts), a write 2 n - 1 rows.
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
  const ram = ramOf(builder, opcode.block, cells);
  if (ram !== undefined) {
    const value = expressionForm(builder, opcode.value);
    accessRam(builder, ram, { address: index, value, isWrite: opcode.write });
    if (builder.opcodeIndex !== ram.use.last) return;
    builder.blocks.set(opcode.block, finishRam(builder, ram));
    builder.rams.delete(opcode.block);
    return;
  }
  const position = constant === undefined ? undefined : Number(constant);
  if (opcode.write) {
    const value = expressionForm(builder, opcode.value);
    if (position === undefined) builder.blocks.set(opcode.block, writeDynamic(builder, cells, index, value));
    else cells[position] = value;
    return;
  }
  if (position === undefined && readShared(builder, opcode, { cells, index })) return;
  if (position === undefined && isReadByLookups(builder, opcode.block, cells)) {
    readByLookup(builder, opcode, { cells, index });
    return;
  }
  const cell =
    position === undefined
      ? readDynamic(builder, cells, { expression: opcode.index, form: index })
      : (cells[position] ?? ZERO_FORM);
  assignExpression(builder, opcode, cell);
}

/** The block as a memory of events, from its first write at a witness index to its last access. */
function ramOf(builder: GadgetBuilder, block: number, cells: readonly Form[]): Ram | undefined {
  const known = builder.rams.get(block);
  if (known !== undefined || builder.tables === undefined || builder.gate !== undefined) return known;
  const use = builder.memoryUse.blocks.get(block);
  if (use?.first !== builder.opcodeIndex || !paysRam(builder.prime, cells, use)) return undefined;
  const ram = startRam(builder, cells, use);
  builder.rams.set(block, ram);
  return ram;
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
  const { written, dynamicReads } = builder.memoryUse;
  if (written.has(block)) return false;
  const reads = dynamicReads.get(block) ?? 0;
  const constants = cells.filter(cell => constantOf(cell) !== undefined).length;
  const byLookups = 2 * reads + 2 * cells.length - constants + 1;
  const bits = indexBits(cells.length);
  const bySelects = bits + (constants === cells.length ? tablesCost(bits, 1) : cells.length - 1);
  return byLookups < reads * bySelects;
}

/**
 * Reads a memory of constants by lookups where that is cheaper for all reads of it in the program; says whether it did.
 *
 * Proves: 0 <= index < length and value = cells[index]. Costs: 2 rows, and for all memories of these constants once 1 a
 * cell and 1.
 */
function readShared(
  builder: GadgetBuilder,
  { block, index: expression, value }: MemoryOp,
  { cells, index }: { readonly cells: readonly Form[]; readonly index: Form },
): boolean {
  const { tables, memoryUse } = builder;
  const constants = cells.flatMap(cell => constantOf(cell) ?? []);
  if (tables === undefined || builder.gate !== undefined || memoryUse.written.has(block)) return false;
  if (constants.length < cells.length) return false;
  const reads = tables.constantReads.get(memoryKey(constants)) ?? 0;
  const tableCount = Math.max(1, memoryUse.tablesAt.get(indexText(expression)) ?? 1);
  const { width, cost } = planBits(builder, cells.length, { expression, form: index });
  const byBits = (reads * (cost + tablesCost(width, tableCount))) / tableCount;
  if (byBits <= 2 * reads + cells.length + 1) return false;
  recordSharedRead(builder, memoryIdOf(tables, constants), { index, value: expressionForm(builder, value) });
  return true;
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

/**
 * Proves: 0 <= index < length; returns cells[index]. What is chosen is the cheaper way for all constant tables that are
 * read at this index.
 */
function readDynamic(builder: GadgetBuilder, cells: readonly Form[], { expression, form }: Index): Form {
  const constants = cells.map(constantOf);
  const isTable = constants.every(value => value !== undefined);
  const tableCount = Math.max(1, builder.memoryUse.tablesAt.get(indexText(expression)) ?? 1);
  const known = builder.selectors.get(selectorKey(form, cells.length));
  const plan = planBits(builder, cells.length, { expression, form });
  const byBits = plan.cost + (isTable ? tablesCost(plan.width, tableCount) : cells.length - 1);
  const bySelectors = (known === undefined ? cells.length - 1 : 0) + (isTable ? 0 : cells.length - 1);
  if (bySelectors <= byBits) return selectCell(builder, cells, selectorsOf(builder, form, cells.length));
  const bits = boundedBits(builder, form, cells.length, plan.width);
  if (!isTable) return selectByBits(builder, cells, bits);
  const table = constants.map(value => value ?? 0n);
  return lookUpConstant(builder, table, { bits, tableCount });
}

/** An index, before and after it became a form. */
interface Index {
  readonly expression: Expression;
  readonly form: Form;
}

function indexBits(length: number): number {
  return Math.max(0, Math.ceil(Math.log2(length)));
}

/**
 * The bits that an index is read by, and what they cost with its bound. Where an opcode proves that the index has r
 * bits, these are paid for: fewer bits save rows. An index that is proved to be narrower than the block has no others.
 */
function planBits(
  builder: GadgetBuilder,
  length: number,
  { expression, form }: Index,
): { readonly width: number; readonly cost: number } {
  const proven = provenBits(builder.memoryUse, expression) ?? builder.bits.get(formKey(form))?.length;
  const width = Math.min(indexBits(length), proven ?? Number.POSITIVE_INFINITY);
  const isCached = builder.bits.get(formKey(form)) !== undefined;
  const bits = isCached ? 0 : width - (builder.tables === undefined ? (proven ?? 0) : 0);
  return { width, cost: bits + (length < 2 ** width ? limitCost(width, length - 1) : 0) };
}

/** The index's bits, with index < length proved. */
function boundedBits(builder: GadgetBuilder, index: Form, length: number, width: number): readonly Form[] {
  const bits = toBits(builder, index, width);
  const key = selectorKey(index, length);
  if (length < 2 ** width && !builder.bounded.has(key)) {
    assertAtMost(builder, bits, length - 1);
    builder.bounded.add(key);
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
