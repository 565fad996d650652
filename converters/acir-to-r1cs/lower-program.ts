/**
 * ACIR Program -> constraint system and recipe.
 *
 *   functions -> templates (each once)            lower-function.ts, assert-zero.ts, call.ts, black-box/
 *   templates -> instances along the call tree    instantiate.ts, signal-classes.ts
 *   range facts -> bits                           decompositions.ts
 *   range and lookup facts -> lookup argument     lookups/ (on request)
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
  compactSystem,
  createCoefficientTable,
  type SimplifiedSystem,
  simplifySystem,
} from '../../src/r1cs/index.ts';
import type { ConstraintSystem, Provenance, WireId } from '../../src/r1cs/types.ts';
import type { CallInstance, Recipe } from '../../src/witness/types.ts';
import { countWordUses } from './black-box/word-uses.ts';
import { mergeDecompositions, type RangeFact } from './decompositions.ts';
import { emitRows } from './emit-rows.ts';
import { foldConstants, type ProbeFunction } from './fold-constants.ts';
import { type Assembly, instantiate } from './instantiate.ts';
import { buildArgument, type LookupOptions } from './lookups/argument.ts';
import type { LookupArgument } from './lookups/building.ts';
import { withReadRows } from './lookups/read-rows.ts';
import { joinSharedMemories } from './lookups/shared-memories.ts';
import { appendTableRows } from './lookups/table-rows.ts';
import { createTableRegistry } from './lookups/tables.ts';
import { findSpecialised, type ProgramContext, templateOf } from './lower-function.ts';
import { countConstantReads } from './memory-use.ts';
import { type DescribeStack, type Locate, type Origins, placeOfStack } from './origin.ts';
import { createRecipe, nameSlots } from './recipe.ts';
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
  /**
   * Ranges and tables by lookups, for a proof system with two rounds (UltraGroth): the system gets `rounds`. Absent: bits,
   * for plain Groth16.
   */
  readonly lookups?: LookupOptions;
  /** Runs unconstrained functions on constants; without it their results stay as they are. See fold-constants.ts. */
  readonly probe?: ProbeFunction;
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
  /** Present where lookups were asked for. */
  readonly lookups?: LookupReport;
}

/** What a lookup argument consists of. */
export interface LookupReport {
  readonly tables: readonly {
    readonly name: string;
    readonly rowCount: number;
    readonly lookupCount: number;
  }[];
  readonly lookupCount: number;
  /** Rows of tables and sums. */
  readonly tableRowCount: number;
}

/**
 * Lowers a program.
 * @throws BionoirError UNSUPPORTED_OPCODE, UNSATISFIABLE_PROGRAM or MALFORMED_PROGRAM, with the Noir line.
 */
export function lowerProgram(program: Program, options: LowerOptions = {}): LoweredProgram {
  const { table, main, assembly, calls, rows, simplified, argument, provenance } = lowerToSignals(
    program,
    options,
  );
  const complete =
    argument === undefined
      ? simplified.system
      : appendTableRows(simplified.system, argument, table, provenance);
  const { system, oldWires } = compactSystem(complete);
  const recipe = createRecipe({ assembly, calls, argument }, table, oldWires);
  const slotName = nameSlots(program, recipe, assembly);
  return {
    system,
    recipe,
    wireName: wire => (wire === 0 ? 'one' : slotName(at(recipe.wireSlots, wire))),
    unconstrained: findUnconstrained(
      main,
      assembly,
      withReadRows(rows, { assembly, argument, table }),
      slotName,
    ),
    ...(argument === undefined ? {} : { lookups: reportOf(argument) }),
  };
}

/** Says what an argument consists of. */
export function reportOf({ tables, tableIds }: LookupArgument): LookupReport {
  return {
    tables: tables.map(({ name, size, lookupCount }) => ({ name, rowCount: size, lookupCount })),
    lookupCount: tableIds.length,
    tableRowCount: tables.reduce((sum, { size }) => sum + size + 1, 0),
  };
}

/** A lowering up to its rows, over signals. */
export interface RowLowering {
  readonly main: Circuit;
  readonly table: CoefficientTable;
  readonly assembly: Assembly;
  readonly calls: CallInstance;
  /** Without the rows of tables; see lookups/table-rows.ts. */
  readonly rows: ConstraintSystem;
  readonly argument: LookupArgument | undefined;
  readonly provenance: Provenance[];
}

/** Every intermediate form of a lowering, over signals. */
export interface SignalLowering extends RowLowering {
  readonly simplified: SimplifiedSystem;
}

/** Lowers up to the numbering of wires: for tests that follow a signal through every stage. */
export function lowerToSignals(program: Program, options: LowerOptions): SignalLowering {
  const lowering = lowerToRows(program, options);
  const { rows, table, argument } = lowering;
  options.onProgress?.('rows', 0.5);
  const simplified = simplifySystem(rows, table, {
    ...(options.costs === undefined ? {} : { costs: options.costs }),
    ...(options.dropTrivial === undefined ? {} : { dropTrivial: options.dropTrivial }),
    ...(argument === undefined ? {} : { given: argument.given }),
    onProgress: (step, fraction) => options.onProgress?.(step, 0.5 + fraction / 2),
  });
  return { ...lowering, simplified };
}

/** Lowers as far as rows that are not simplified: what a program costs can be told from them. */
export function lowerToRows(program: Program, options: LowerOptions): RowLowering {
  const main = program.functions[0];
  if (main === undefined)
    throw new BionoirError('MALFORMED_PROGRAM', 'The program has no function. Compile it again.');
  const table = createCoefficientTable(options.prime ?? BN254_SCALAR_PRIME);
  const context = createContext(program, options, table);
  const template = templateOf(context, 0, { gated: false, constants: [] });
  const publics = [...new Set([...main.publicParameters, ...main.returnValues])].sort((x, y) => x - y);
  const { assembly, calls } = instantiate(template, publics, challengesFor(context));
  const { origins } = context;
  if (options.probe !== undefined) foldConstants(assembly, { program, table, origins, probe: options.probe });
  if (context.tables !== undefined) joinSharedMemories(assembly, table, context.tables);
  const merged = mergeDecompositions(assembly, table, options.lookups === undefined ? 'bits' : 'lookups');
  const argument = argumentOf(context, assembly, merged.ranges, options.lookups);
  const bits = argument === undefined ? merged.bits : merged.bits.concat(argument.bitRows);
  const provenance = context.origins.list;
  const rows = emitRows(assembly, bits, table, { provenance, argument });
  return { table, main, assembly, calls, rows, argument, provenance };
}

/** Pairs of read-only memories take a second challenge. */
function challengesFor({ tables, templates }: ProgramContext): number {
  if (tables === undefined) return 0;
  const reads = [...templates.values()].some(
    ({ roms, sharedReads }) => roms.tableIds.length + sharedReads.tableIds.length > 0,
  );
  return reads ? 2 : 1;
}

function argumentOf(
  { table, tables }: ProgramContext,
  assembly: Assembly,
  ranges: readonly RangeFact[],
  options: LookupOptions | undefined,
): LookupArgument | undefined {
  if (options === undefined || tables === undefined) return undefined;
  const challenge = assembly.classes.publicCount + 1;
  return buildArgument({ assembly, table, registry: tables, ranges, challenge, options });
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
    tables:
      options.lookups === undefined
        ? undefined
        : createTableRegistry(countWordUses(program), countConstantReads(program, table.prime)),
    templates: new Map(),
    specialised: findSpecialised(program),
    active: [],
  };
}
