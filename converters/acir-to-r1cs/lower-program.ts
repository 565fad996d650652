/**
 * ACIR Program -> constraint system and recipe.
 *
 *   functions -> templates (each once)            lower-function.ts, assert-zero.ts, call.ts, black-box/
 *   templates -> instances along the call tree    instantiate.ts, signal-classes.ts
 *   range facts -> bits                           decompositions.ts
 *   instances -> rows over signals                emit-rows.ts
 *   rows -> fewer, better rows                    src/r1cs/passes
 *   signals -> wires; hints -> recipe             here
 *
 * Public wires are main's public parameters and return values in ascending witness order.
 */
import type { Circuit, Program } from '../../src/acir/types.ts';
import { BionoirError } from '../../src/errors.ts';
import { BN254_SCALAR_PRIME } from '../../src/field/index.ts';
import {
  at,
  type CoefficientTable,
  type CostModel,
  coefficientOf,
  compactSystem,
  createCoefficientTable,
  finishRows,
  finishU32,
  type SimplifiedSystem,
  simplifySystem,
} from '../../src/r1cs/index.ts';
import type { ConstraintSystem, WireId } from '../../src/r1cs/types.ts';
import type { CallInstance, Recipe, StepColumns } from '../../src/witness/types.ts';
import { mergeDecompositions } from './decompositions.ts';
import { emitRows } from './emit-rows.ts';
import { type Assembly, instantiate } from './instantiate.ts';
import { findSpecialised, type ProgramContext, templateOf } from './lower-function.ts';
import { type DescribeStack, type Locate, type Origins, placeOfStack } from './origin.ts';
import type { StepBuffer } from './template.ts';
import { findUnconstrained, type Unconstrained } from './under-constrained.ts';

/** How to lower a program. */
export interface LowerOptions {
  /** The Noir call stack of an opcode, for provenance; without it constraints name opcodes. */
  readonly locate?: Locate;
  /** Reads a call stack: layer, gadget, file and line. By default see placeOfStack. */
  readonly describe?: DescribeStack;
  /** The field's order; BN254's scalar field by default. */
  readonly prime?: bigint;
  /** What constraints and coefficients cost; Groth16's prices by default. */
  readonly costs?: CostModel;
  /**
   * Drops the constraints of private values that bear on no public one and are satisfied by zeros, such as the range
   * checks of inputs that a network does not use. Off by default.
   */
  readonly dropTrivial?: boolean;
  /** Told of each step as it ends, with the share of the work that is done. */
  readonly onProgress?: (step: string, fraction: number) => void;
}

/** A program as constraints, with what solving its wires takes. */
export interface LoweredProgram {
  readonly system: ConstraintSystem;
  readonly recipe: Recipe;
  /** A name for a wire, for .sym files: "main.w12", "patch#3.w7", or "aux45" for a value that only R1CS has. */
  readonly wireName: (wire: WireId) => string;
  /** What the program leaves to the prover's choice; see assertConstrained. */
  readonly unconstrained: Unconstrained;
}

/**
 * Lowers a program.
 * @throws BionoirError UNSUPPORTED_OPCODE, UNSATISFIABLE_PROGRAM or MALFORMED_PROGRAM, with the Noir line.
 */
export function lowerProgram(program: Program, options: LowerOptions = {}): LoweredProgram {
  const { table, main, assembly, calls, rows, simplified } = lowerToSignals(program, options);
  const { system, oldWires } = compactSystem(simplified.system);
  const recipe = createRecipe(assembly, calls, table, oldWires);
  const slotName = nameSlots(program, recipe, assembly);
  return {
    system,
    recipe,
    wireName: wire => (wire === 0 ? 'one' : slotName(at(recipe.wireSlots, wire))),
    unconstrained: findUnconstrained(main, assembly, rows, slotName),
  };
}

/** Every intermediate form of a lowering, over signals. */
export interface SignalLowering {
  readonly main: Circuit;
  readonly table: CoefficientTable;
  readonly assembly: Assembly;
  readonly calls: CallInstance;
  readonly rows: ConstraintSystem;
  readonly simplified: SimplifiedSystem;
}

/** Lowers up to the numbering of wires: for tests that follow a signal through every stage. */
export function lowerToSignals(program: Program, options: LowerOptions): SignalLowering {
  const main = program.functions[0];
  if (main === undefined)
    throw new BionoirError('MALFORMED_PROGRAM', 'The program has no function. Compile it again.');
  const table = createCoefficientTable(options.prime ?? BN254_SCALAR_PRIME);
  const context = createContext(program, options, table);
  const template = templateOf(context, 0, { gated: false, constants: [] });
  const publics = [...new Set([...main.publicParameters, ...main.returnValues])].sort((x, y) => x - y);
  const { assembly, calls } = instantiate(template, publics);
  const bitRows = mergeDecompositions(assembly, table);
  const rows = emitRows(assembly, bitRows, table, context.origins.list);
  options.onProgress?.('rows', 0.5);
  const simplified = simplifySystem(rows, table, {
    ...(options.costs === undefined ? {} : { costs: options.costs }),
    ...(options.dropTrivial === undefined ? {} : { dropTrivial: options.dropTrivial }),
    onProgress: (step, fraction) => options.onProgress?.(step, 0.5 + fraction / 2),
  });
  return { table, main, assembly, calls, rows, simplified };
}

function createContext(program: Program, options: LowerOptions, table: CoefficientTable): ProgramContext {
  const origins: Origins = {
    list: [],
    locate: options.locate ?? (() => []),
    describe: options.describe ?? placeOfStack,
    functionNames: program.functions.map(({ name }) => (name === '' ? undefined : name)),
  };
  return {
    program,
    table,
    origins,
    templates: new Map(),
    specialised: findSpecialised(program),
    active: [],
  };
}

function createRecipe(
  assembly: Assembly,
  calls: CallInstance,
  table: CoefficientTable,
  wireSlots: Uint32Array,
): Recipe {
  const { copies, steps, classes } = assembly;
  return {
    prime: table.prime,
    slotCount: classes.parents.length,
    wireSlots,
    calls,
    copies: {
      slots: finishU32(copies.slots),
      instances: finishU32(copies.instances),
      witnesses: finishU32(copies.witnesses),
    },
    steps: finishSteps(steps, table),
  };
}

/** Keeps the coefficients that steps use: simplification leaves many in the table that nobody needs. */
function finishSteps(steps: StepBuffer, table: CoefficientTable): StepColumns {
  const numbers = new Map<number, number>();
  const renumber = (id: number): number => {
    const known = numbers.get(id);
    if (known !== undefined) return known;
    numbers.set(id, numbers.size);
    return numbers.size - 1;
  };
  const forms = finishRows(steps.forms);
  const parameters = finishU32(steps.parameters).map(renumber);
  const coefficientIds = forms.coefficientIds.map(renumber);
  return {
    kinds: Uint8Array.from(finishU32(steps.kinds)),
    operands: finishU32(steps.operands),
    firsts: finishU32(steps.firsts),
    sizes: finishU32(steps.sizes),
    parameters,
    forms: { ...forms, coefficientIds },
    coefficients: [...numbers.keys()].map(id => coefficientOf(table, id)),
  };
}

/** Names slots, which are signals: "main.w12", "patch#3.w7", "aux45". */
function nameSlots(program: Program, recipe: Recipe, assembly: Assembly): (slot: number) => string {
  let rowOfSlot: Map<number, number> | undefined;
  return slot => {
    const { slots, instances, witnesses } = recipe.copies;
    rowOfSlot ??= new Map(Array.from(slots, (each, row) => [each, row] as const));
    const row = rowOfSlot.get(slot);
    if (row === undefined) return `aux${slot}`;
    const instance = at(instances, row);
    const functionIndex = assembly.instances[instance]?.template.functionIndex ?? 0;
    const name =
      program.functions[functionIndex]?.name || (functionIndex === 0 ? 'main' : `f${functionIndex}`);
    return `${name}${instance === 0 ? '' : `#${instance}`}.w${at(witnesses, row)}`;
  };
}
