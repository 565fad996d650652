/**
 * Program and recipe -> a compiled witness program (.bwp; docs/witness.md): one artifact that an engine of the kernel runs
 * from inputs to wires. It says the same as its sources, or there is none: what engines do not have is left to the reference
 * machine (src/acvm and solve.ts), and the reason is told.
 */
import type { Circuit, Program } from '../../acir/types.ts';
import { writeSections } from '../../bytes/index.ts';
import { BN254_SCALAR_PRIME, POSEIDON2_DIAGONAL, POSEIDON2_ROUND_CONSTANTS } from '../../field/index.ts';
import { createU32List, finishU32, push } from '../../r1cs/index.ts';
import type { Recipe } from '../types.ts';
import { type BrilligContext, compileBrilligFunction } from './brillig.ts';
import { MAGIC, NONE, SECTIONS, VERSION } from './codes.ts';
import { compileFunction, type FunctionsContext } from './functions.ts';
import { findHints, type KnownHint, type Probe } from './hints.ts';
import { consecutiveConstants, createPools, Uncompilable } from './pools.ts';
import { assertSameCalls, writeCopies, writeLookups, writeSteps } from './recipe.ts';

export interface WitnessProgramOptions {
  /** Runs an unconstrained function, so that the library's hints are recognised; without it they run as they stand. */
  readonly probe?: Probe;
}

/** A compiled program, or why engines cannot run it. */
export type WitnessProgram =
  | { readonly kind: 'compiled'; readonly bytes: Uint8Array; readonly hintCount: number }
  | { readonly kind: 'uncompilable'; readonly reason: string };

/** More instances than any system can hold; see converters/acir-to-r1cs. */
const INSTANCES_MAX = 2 ** 28;

/** Compiles a program with the recipe of its lowering. */
export function compileWitnessProgram(
  program: Program,
  recipe: Recipe,
  options: WitnessProgramOptions = {},
): WitnessProgram {
  try {
    return compile(program, recipe, options);
  } catch (error) {
    if (error instanceof Uncompilable) return { kind: 'uncompilable', reason: error.message };
    throw error;
  }
}

function compile(program: Program, recipe: Recipe, { probe }: WitnessProgramOptions): WitnessProgram {
  const { prime } = recipe;
  if (prime !== BN254_SCALAR_PRIME) throw new Uncompilable('a field other than BN254');
  const pools = createPools(prime);
  const lists = new Map<number, readonly number[]>();
  const instances = new Map<number, number>();
  countInstances(program, 0, { lists, instances, active: new Set() });
  assertSameCalls(recipe.calls, lists);
  const poseidonConstants = usesPoseidon(program)
    ? consecutiveConstants(pools, [...POSEIDON2_ROUND_CONSTANTS, ...POSEIDON2_DIAGONAL])
    : NONE;
  const hints: ReadonlyMap<number, KnownHint> = probe ? findHints(program, prime, probe) : new Map();
  const context = { program, pools, code: createU32List(), returns: createU32List(), hints, instances };
  const functions = writeFunctions(context);
  const brillig: BrilligContext = {
    pools,
    index: createU32List(),
    code: createU32List(),
    boxArguments: createU32List(),
  };
  for (const unconstrained of program.unconstrained) compileBrilligFunction(brillig, unconstrained);
  const instanceCount = instances.get(0) ?? 1;
  const [copyStarts, copies] = writeCopies(recipe, instanceCount);
  const steps = writeSteps(pools, recipe);
  const lookups = writeLookups(pools, recipe);
  const sections: Readonly<Record<(typeof SECTIONS)[number], Uint32Array>> = {
    header: writeHeader(program, recipe, { instanceCount, poseidonConstants }),
    functions,
    returns: finishU32(context.returns),
    code: finishU32(context.code),
    brillig: finishU32(brillig.index),
    'brillig-code': finishU32(brillig.code),
    'box-arguments': finishU32(brillig.boxArguments),
    'copy-starts': copyStarts,
    copies,
    steps,
    'wire-slots': recipe.wireSlots,
    lookups,
    constants: finishU32(pools.constants),
    forms: finishU32(pools.forms),
  };
  const bytes = writeSections(
    MAGIC,
    VERSION,
    SECTIONS.map((name, k) => [k + 1, bytesOf(sections[name])] as const),
  );
  return { kind: 'compiled', bytes, hintCount: hints.size };
}

interface Counting {
  readonly lists: Map<number, readonly number[]>;
  readonly instances: Map<number, number>;
  readonly active: Set<number>;
}

/** How many instances a call of a function makes; a call that the constant 0 switches off makes none. */
function countInstances(program: Program, functionIndex: number, counting: Counting): number {
  const { lists, instances, active } = counting;
  const known = instances.get(functionIndex);
  if (known !== undefined) return known;
  const circuit = program.functions[functionIndex];
  if (circuit === undefined || active.has(functionIndex))
    throw new Uncompilable(`function ${functionIndex} calls itself or does not exist`);
  active.add(functionIndex);
  const callees = calleesOf(circuit);
  lists.set(functionIndex, callees);
  const total = callees.reduce((sum, callee) => sum + countInstances(program, callee, counting), 1);
  if (total > INSTANCES_MAX) throw new Uncompilable('too many calls');
  active.delete(functionIndex);
  instances.set(functionIndex, total);
  return total;
}

function calleesOf({ opcodes }: Circuit): number[] {
  return opcodes.flatMap(opcode => {
    if (opcode.kind !== 'call') return [];
    const { linear, mulTerms, constant } = opcode.predicate;
    const isOff = linear.witnesses.length === 0 && mulTerms.length === 0 && constant === 0n;
    return isOff ? [] : [opcode.id];
  });
}

function usesPoseidon({ functions, unconstrained }: Program): boolean {
  const name = 'poseidon2-permutation';
  return (
    functions.some(({ opcodes }) =>
      opcodes.some(opcode => opcode.kind === 'black-box' && opcode.call.name === name),
    ) ||
    unconstrained.some(({ opcodes }) =>
      opcodes.some(opcode => opcode.kind === 'black-box' && opcode.operation === name),
    )
  );
}

/** Functions that main does not reach are left empty. */
function writeFunctions(context: FunctionsContext): Uint32Array {
  const words = createU32List();
  context.program.functions.forEach((circuit, functionIndex) => {
    const isReached = context.instances.has(functionIndex);
    const row = isReached
      ? compileFunction(context, circuit)
      : {
          witnessCount: 0,
          cellCount: 0,
          codeStart: 0,
          codeEnd: 0,
          parameterCount: 0,
          returnStart: 0,
          returnCount: 0,
        };
    push(words, row.witnessCount);
    push(words, row.cellCount);
    push(words, row.codeStart);
    push(words, row.codeEnd);
    push(words, row.parameterCount);
    push(words, row.returnStart);
    push(words, row.returnCount);
  });
  return finishU32(words);
}

function writeHeader(
  { functions }: Program,
  { prime, wireSlots, slotCount, lookups }: Recipe,
  {
    instanceCount,
    poseidonConstants,
  }: { readonly instanceCount: number; readonly poseidonConstants: number },
): Uint32Array {
  const main = functions[0];
  const inputCount = main ? main.privateParameters.length + main.publicParameters.length : 0;
  const challengeCount = lookups === undefined ? 0 : lookups.products === undefined ? 1 : 2;
  const words = Array.from({ length: 8 }, (_, k) => Number((prime >> BigInt(32 * k)) & 0xffffffffn));
  return Uint32Array.from([
    ...words,
    inputCount,
    wireSlots.length,
    slotCount,
    challengeCount,
    instanceCount,
    poseidonConstants,
  ]);
}

/** Words are little-endian on every host that runs JavaScript. */
function bytesOf(words: Uint32Array): Uint8Array {
  return new Uint8Array(words.buffer, words.byteOffset, words.byteLength);
}
