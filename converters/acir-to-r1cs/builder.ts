/**
 * GadgetBuilder: the state of lowering one ACIR function, and the only code that writes into its template: signals,
 * hints, rows and facts. Gadgets are written with gadgets.ts, which knows what must hold and when.
 */
import type { AcirWitness, Circuit, FunctionInput } from '../../src/acir/types.ts';
import { BionoirError } from '../../src/errors.ts';
import { invertOrZero, mod } from '../../src/field/index.ts';
import {
  type CoefficientTable,
  describeProvenance,
  endConstraint,
  endLinearConstraint,
  endRow,
  intern,
  push,
  pushTerm,
  type RowBuffer,
} from '../../src/r1cs/index.ts';
import { STEP_KINDS, type StepKind } from '../../src/witness/types.ts';
import { constantForm, type Form, ONE_SIGNAL, scaleForm, signalForm } from './forms.ts';
import type { RomFacts } from './lookups/rom-facts.ts';
import type { TableRegistry } from './lookups/tables.ts';
import { countMemoryUse, type MemoryUse } from './memory-use.ts';
import { addOrigin, type Origins } from './origin.ts';
import type { Ram } from './ram.ts';
import type { Template } from './template.ts';
import { createWitnessSignals, knownSignal, setSignal, type WitnessSignals } from './witness-signals.ts';

/** The state of lowering one function. */
export interface GadgetBuilder {
  readonly table: CoefficientTable;
  readonly prime: bigint;
  readonly origins: Origins;
  readonly circuit: Circuit;
  readonly template: Template;
  /** Tables that gadgets may look values up in; absent where everything is to be bits. */
  readonly tables: TableRegistry | undefined;
  /** Signals by ACIR witness. */
  readonly signals: WitnessSignals;
  /** Signals that are pinned to constants, here or by the caller. */
  readonly constants: Map<number, bigint>;
  /** In gated templates: the form that is 1 when the call is on. */
  readonly gate: Form | undefined;
  /** In gated templates: signals whose value is determined so far. */
  readonly known: Set<number>;
  /** Bits by the key of their form. */
  readonly bits: Map<string, readonly Form[]>;
  /** Products by the keys of their factors. */
  readonly products: Map<string, Form>;
  /** Signals that were made equal to a form, by its key. */
  readonly defined: Map<string, Form>;
  /** Memory blocks: the cells' current forms. */
  readonly blocks: Map<number, Form[]>;
  /** Memory blocks that are read by lookups: their tables in the template. */
  readonly roms: Map<number, number>;
  /** Memory blocks that are checked by their events. */
  readonly rams: Map<number, Ram>;
  /** One-hot vectors by length and index form. */
  readonly selectors: Map<string, readonly Form[]>;
  /** How the function uses its memory blocks. */
  readonly memoryUse: MemoryUse;
  /** Indices that are proved to be below a length, as the keys of selectors. */
  readonly bounded: Set<string>;
  /** x + y = constant, by signal: the bits of one tell those of the other. */
  readonly complements: Map<number, { readonly other: number; readonly sum: bigint }>;
  /** Keys of forms that are known to be boolean. */
  readonly booleans: Set<string>;
  opcodeIndex: number;
  gadget: string;
  /** Origins of the opcode by gadget, made when the first row needs one. */
  readonly originIds: Map<string, number>;
}

/** What a builder starts from. */
export interface BuilderOptions {
  readonly table: CoefficientTable;
  readonly origins: Origins;
  readonly circuit: Circuit;
  readonly template: Template;
  readonly gated: boolean;
  readonly tables?: TableRegistry | undefined;
}

/** Starts lowering a function: signal 0 is one; a gated template's gate follows. */
export function createBuilder(options: BuilderOptions): GadgetBuilder {
  const { table, origins, circuit, template, gated, tables } = options;
  newSignal(template, 0);
  if (gated) template.gate = newSignal(template, 0);
  return {
    table,
    prime: table.prime,
    origins,
    circuit,
    template,
    tables,
    signals: createWitnessSignals(),
    constants: new Map(),
    gate: template.gate === undefined ? undefined : signalForm(template.gate),
    known: new Set(),
    bits: new Map(),
    products: new Map(),
    booleans: new Set(),
    defined: new Map(),
    blocks: new Map(),
    roms: new Map(),
    rams: new Map(),
    selectors: new Map(),
    memoryUse: countMemoryUse(circuit, table.prime),
    bounded: new Set(),
    complements: new Map(),
    opcodeIndex: 0,
    gadget: '',
    originIds: new Map(),
  };
}

/** Begins an opcode; `gadget` names its rows. */
export function beginOpcode(builder: GadgetBuilder, opcodeIndex: number, gadget: string): void {
  builder.opcodeIndex = opcodeIndex;
  builder.gadget = gadget;
  builder.originIds.clear();
}

/** Names the gadget of the rows that follow, for provenance and cost tables. */
export function setGadget(builder: GadgetBuilder, gadget: string): void {
  builder.gadget = gadget;
}

/** The provenance id of what is emitted now. */
export function originIdOf(builder: GadgetBuilder): number {
  const { originIds, gadget, origins, template, opcodeIndex } = builder;
  const known = originIds.get(gadget);
  if (known !== undefined) return known;
  const id = addOrigin(origins, { functionIndex: template.functionIndex, opcodeIndex, gadget });
  originIds.set(gadget, id);
  return id;
}

/** Returns the signal of a witness; a new one copies the solved value. */
export function witnessSignal(builder: GadgetBuilder, witness: AcirWitness | number): number {
  const known = knownSignal(builder.signals, witness);
  if (known !== 0) return known;
  const signal = newSignal(builder.template, witness + 1);
  setSignal(builder.signals, witness, signal);
  return signal;
}

/** Returns the form of a witness: its constant where it is pinned. */
export function witnessForm(builder: GadgetBuilder, witness: AcirWitness | number): Form {
  const signal = witnessSignal(builder, witness);
  const constant = builder.constants.get(signal);
  return constant === undefined ? signalForm(signal) : constantForm(builder.prime, constant);
}

/** Returns the form of a black box argument. */
export function inputForm(builder: GadgetBuilder, input: FunctionInput): Form {
  return input.kind === 'constant'
    ? constantForm(builder.prime, input.value)
    : witnessForm(builder, input.witness);
}

/** Returns a signal that assembly will tie to a callee's return value. */
export function placeholder(builder: GadgetBuilder): number {
  return newSignal(builder.template, 0);
}

function newSignal(template: Template, witnessPlusOne: number): number {
  push(template.witnessOf, witnessPlusOne);
  return template.signalCount++;
}

/** What a hint takes beside its operands. */
export interface HintOptions {
  /** How many signals the step writes; 1 by default, 2 for divide. */
  readonly size?: number;
  /** The divisor of a divide step. */
  readonly parameter?: bigint;
}

/**
 * Returns fresh signals that the solver computes by a step (see StepKind).
 * Proves: nothing. Every use stands next to the checks that pin the values.
 */
export function hint(
  builder: GadgetBuilder,
  kind: StepKind,
  operands: readonly Form[],
  options: HintOptions = {},
): readonly Form[] {
  const size = options.size ?? (kind === 'divide' ? 2 : 1);
  const signals = Array.from({ length: size }, () => newSignal(builder.template, 0));
  pushStep(builder, { kind, operands, first: signals[0] ?? 0, size, parameter: options.parameter ?? 0n });
  return signals.map(signalForm);
}

/** Makes the solver compute a witness by a linear step instead of copying it: for frames that may not exist. */
export function recompute(builder: GadgetBuilder, signal: number, form: Form): void {
  builder.template.witnessOf.data[signal] = 0;
  pushStep(builder, { kind: 'linear', operands: [form], first: signal, size: 1, parameter: 0n });
}

interface Step {
  readonly kind: StepKind;
  readonly operands: readonly Form[];
  readonly first: number;
  readonly size: number;
  readonly parameter: bigint;
}

function pushStep(builder: GadgetBuilder, step: Step): void {
  const { steps } = builder.template;
  push(steps.kinds, STEP_KINDS.indexOf(step.kind));
  push(steps.operands, steps.forms.starts.length - 1);
  push(steps.firsts, step.first);
  push(steps.sizes, step.size);
  push(steps.parameters, intern(builder.table, step.parameter));
  for (const operand of step.operands) pushForm(builder, steps.forms, operand);
}

/** Emits left * right = output as it is, in gated templates too: for definitions. */
export function emitRow(builder: GadgetBuilder, left: Form, right: Form, output: Form): void {
  const { rows } = builder.template;
  pushForm(builder, rows.a, left);
  pushForm(builder, rows.b, right);
  pushForm(builder, rows.c, output);
  endConstraint(rows, originIdOf(builder));
}

/** Emits form = 0 as it is: a pinned constant and a copy become facts, anything else a row. */
export function emitLinear(builder: GadgetBuilder, form: Form): void {
  const { template, prime } = builder;
  const signals = form.signals.filter(signal => signal !== ONE_SIGNAL);
  const [first, second] = signals;
  if (first !== undefined && second === undefined) {
    pinConstant(builder, first, form);
  } else if (
    form.signals.length === 2 &&
    first !== undefined &&
    second !== undefined &&
    isCopy(prime, form)
  ) {
    push(template.copies, first);
    push(template.copies, second);
    push(template.copyProvenanceIds, originIdOf(builder));
  } else {
    if (signals.length === 2) recordComplement(builder, form);
    pushForm(builder, template.rows.c, form);
    endLinearConstraint(template.rows, originIdOf(builder));
  }
}

/** Remembers x + y = c. */
function recordComplement({ complements, prime }: GadgetBuilder, form: Form): void {
  const terms = form.signals.map((signal, index) => ({ signal, factor: form.coefficients[index] ?? 0n }));
  const [first, second] = terms.filter(({ signal }) => signal !== ONE_SIGNAL);
  const constant = terms.find(({ signal }) => signal === ONE_SIGNAL);
  if (first === undefined || second === undefined || first.factor !== second.factor) return;
  const sum = mod(-(constant?.factor ?? 0n) * invertOrZero(first.factor, prime), prime);
  complements.set(first.signal, { other: second.signal, sum });
  complements.set(second.signal, { other: first.signal, sum });
}

function isCopy(prime: bigint, form: Form): boolean {
  return mod((form.coefficients[0] ?? 0n) + (form.coefficients[1] ?? 0n), prime) === 0n;
}

function pinConstant(builder: GadgetBuilder, signal: number, form: Form): void {
  const { template, prime } = builder;
  const value = solveFor(prime, form, signal);
  builder.constants.set(signal, value);
  push(template.constants, signal);
  push(template.constants, intern(builder.table, value));
  push(template.constantProvenanceIds, originIdOf(builder));
}

/** Returns the value of a form's only signal for which the form is 0. */
export function solveFor(prime: bigint, form: Form, signal: number): bigint {
  const index = form.signals.indexOf(signal);
  const rest = form.coefficients[1 - index] ?? 0n;
  return mod(-rest * invertOrZero(form.coefficients[index] ?? 1n, prime), prime);
}

/** Records the fact "source is less than 2^width", with its bits when `firstBit` is not 0. */
export function recordDecomposition(
  builder: GadgetBuilder,
  source: number,
  width: number,
  firstBit: number,
): void {
  const { decompositions } = builder.template;
  push(decompositions.sources, source);
  push(decompositions.widths, width);
  push(decompositions.firstBits, firstBit);
  push(decompositions.provenanceIds, originIdOf(builder));
}

/** Records the fact "the key is an entry of the table". Gadgets go through lookUp of gadgets.ts, which applies the gate. */
export function recordLookup(builder: GadgetBuilder, tableId: number, key: Form): void {
  const { lookups } = builder.template;
  push(lookups.tableIds, tableId);
  pushForm(builder, lookups.keys, key);
  push(lookups.provenanceIds, originIdOf(builder));
}

/**
 * Records a table of pairs (j, cell j); returns its number in the template. Each row may be looked up as often as one
 * likes, or has to be looked up exactly once.
 */
export function recordRom(
  builder: GadgetBuilder,
  cells: readonly Form[],
  use: 'any' | 'once' = 'any',
): number {
  const { roms } = builder.template;
  push(roms.once, use === 'once' ? 1 : 0);
  for (const cell of cells) {
    pushForm(builder, roms.cells, cell);
    push(roms.cellProvenanceIds, originIdOf(builder));
  }
  push(roms.starts, roms.cellProvenanceIds.length);
  return roms.starts.length - 2;
}

/** Records the fact "value is the cell of this index, which is inside" of one of the program's memories of constants. */
export function recordSharedRead(
  builder: GadgetBuilder,
  memoryId: number,
  read: { readonly index: Form; readonly value: Form },
): void {
  pushRead(builder, builder.template.sharedReads, memoryId, read);
}

/** Records the fact "value is the table's cell of this index, which is inside". */
export function recordRead(
  builder: GadgetBuilder,
  table: number,
  read: { readonly index: Form; readonly value: Form },
): void {
  pushRead(builder, builder.template.roms, table, read);
}

function pushRead(
  builder: GadgetBuilder,
  roms: RomFacts,
  table: number,
  read: { readonly index: Form; readonly value: Form },
): void {
  push(roms.tableIds, table);
  pushForm(builder, roms.indices, read.index);
  pushForm(builder, roms.values, read.value);
  push(roms.provenanceIds, originIdOf(builder));
}

function pushForm(builder: GadgetBuilder, rows: RowBuffer, form: Form): void {
  const { signals, coefficients } = form;
  for (let k = 0; k < signals.length; k++) {
    pushTerm(rows, signals[k] ?? 0, intern(builder.table, coefficients[k] ?? 0n));
  }
  endRow(rows);
}

/** Where the opcode being lowered stands, for messages. */
export function placeOf(builder: GadgetBuilder): string {
  const origin = builder.origins.list[originIdOf(builder)];
  return origin === undefined ? `opcode ${builder.opcodeIndex}` : describeProvenance(origin);
}

/** The error for a constraint that no input satisfies. */
export function unsatisfiable(problem: string, place: string): BionoirError {
  return new BionoirError(
    'UNSATISFIABLE_PROGRAM',
    `The program ${problem}, so no input satisfies it: ${place}. Correct the assertion in the Noir source.`,
    { location: place },
  );
}

/** Returns -form. */
export function negate(builder: GadgetBuilder, form: Form): Form {
  return scaleForm(builder.prime, form, -1n);
}
