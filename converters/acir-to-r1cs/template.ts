/**
 * Template: one ACIR function, lowered once into rows over signals of its own, however often it is called.
 *
 * Assembly instantiates a template along the call tree by mapping its signals; rows, hints and bit decompositions are
 * columns, and coefficients are ids in the table that all templates of a program share.
 */
import type { Expression } from '../../src/acir/types.ts';
import {
  type CoefficientTable,
  createRowBuffer,
  createSystemBuilder,
  createU32List,
  type Room,
  type RowBuffer,
  type SystemBuilder,
  type U32List,
} from '../../src/r1cs/index.ts';
import { createLookupFacts, type LookupFacts } from './lookups/facts.ts';
import { createRomFacts, type RomFacts } from './lookups/rom-facts.ts';

/** Hints in the order of execution; see StepColumns for the meaning of the columns. */
export interface StepBuffer {
  readonly kinds: U32List;
  readonly operands: U32List;
  readonly firsts: U32List;
  readonly sizes: U32List;
  readonly parameters: U32List;
  readonly forms: RowBuffer;
}

/**
 * Facts "signal is less than 2^width", with bits firstBits.. when a gadget works on them (0: only the range matters).
 * They stay facts until assembly, where the same wire may be known under several signals: the narrowest wins.
 */
export interface DecompositionColumns {
  readonly sources: U32List;
  readonly widths: U32List;
  readonly firstBits: U32List;
  readonly provenanceIds: U32List;
}

/** A call of another template, at its place among the hints. */
export interface TemplateCall {
  readonly template: Template;
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  /** The signal that switches the callee on; absent: always on. Given exactly when the template is gated. */
  readonly gate?: number;
  /** The predicate of the ACIR opcode, by which the solver knows whether the callee has a frame. */
  readonly predicate?: Expression;
  readonly stepPosition: number;
  readonly provenanceId: number;
}

export interface Template {
  readonly functionIndex: number;
  /** Signals are 0 (one), then this many less one. */
  signalCount: number;
  /** By signal: the ACIR witness + 1 that it copies from the solved frame, or 0. */
  readonly witnessOf: U32List;
  parameters: readonly number[];
  returns: readonly number[];
  /** The gate's signal in a gated template. */
  gate: number | undefined;
  readonly rows: SystemBuilder;
  readonly decompositions: DecompositionColumns;
  readonly lookups: LookupFacts;
  readonly roms: RomFacts;
  /** Reads of the program's memories of constants, by their ids; no tables. */
  readonly sharedReads: RomFacts;
  /** Pairs of signals that are equal. */
  readonly copies: U32List;
  /** Pairs (signal, coefficient id) of pinned signals, and where they were pinned. */
  readonly constants: U32List;
  readonly constantProvenanceIds: U32List;
  readonly copyProvenanceIds: U32List;
  readonly steps: StepBuffer;
  readonly calls: TemplateCall[];
}

/** Makes an empty list of hints. */
export function createStepBuffer(): StepBuffer {
  return {
    kinds: createU32List(),
    operands: createU32List(),
    firsts: createU32List(),
    sizes: createU32List(),
    parameters: createU32List(),
    forms: createRowBuffer(),
  };
}

/** Makes an empty list of range facts. */
export function createDecompositions(): DecompositionColumns {
  return {
    sources: createU32List(),
    widths: createU32List(),
    firstBits: createU32List(),
    provenanceIds: createU32List(),
  };
}

/** Makes an empty template. */
export function createTemplate(table: CoefficientTable, functionIndex: number, room?: Room): Template {
  const witnessOf = createU32List();
  return {
    functionIndex,
    signalCount: 0,
    witnessOf,
    parameters: [],
    returns: [],
    gate: undefined,
    rows: createSystemBuilder(table, room),
    decompositions: createDecompositions(),
    lookups: createLookupFacts(),
    roms: createRomFacts(),
    sharedReads: createRomFacts(),
    copies: createU32List(),
    constants: createU32List(),
    constantProvenanceIds: createU32List(),
    copyProvenanceIds: createU32List(),
    steps: createStepBuffer(),
    calls: [],
  };
}
