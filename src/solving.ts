/**
 * Solving by an engine of the kernel: inputs by the ABI, the compiled witness program, wires as bytes, the check.
 *
 * The reference machine (src/acvm, src/witness) stands behind it: it runs what engines do not have, and tells why a program
 * stopped, in its words. A witness says which of both made it, and why.
 */
import type { LoweredProgram, ProofSystem } from '../converters/acir-to-r1cs/index.ts';
import type { Program, WitnessStack } from './acir/index.ts';
import { probeFunctions } from './acvm/index.ts';
import { bytesToBigint } from './bytes/index.ts';
import {
  type Kernel,
  type LoadedWitnessProgram,
  randomScalar,
  type SolvedWitness,
  type StoppedProgram,
} from './kernel/index.ts';
import { assertSatisfied } from './r1cs/index.ts';
import type { ConstraintSystem } from './r1cs/types.ts';
import { encodeInputs, explainFailure, type NoirArtifact, type ProgramInputs } from './toolchain/index.ts';
import { compileWitnessProgram, STOP_REASONS, type WitnessProgram } from './witness/index.ts';

/** What is needed of a circuit. */
export interface SolvableCircuit {
  readonly artifact: NoirArtifact;
  readonly program: Program;
  readonly lowered: LoweredProgram;
}

/** A checked witness as bytes. */
export interface EngineWitness {
  readonly kind: 'solved';
  readonly encoded: Uint8Array;
  readonly publicSignals: readonly bigint[];
  /** All wires for the challenges of the second round, where there is one. */
  readonly finishEncoded?: (challenges: readonly bigint[]) => Promise<Uint8Array>;
  /** The witnesses of every call, where they were asked for. */
  readonly stack?: WitnessStack;
}

/** Why the reference machine has to solve. */
export interface LeftToReference {
  readonly kind: 'left';
  readonly reason: string;
}

export interface EngineOptions {
  readonly kernel: Kernel;
  readonly signal?: AbortSignal;
  /** Instructions of unconstrained functions that may run in all. */
  readonly stepLimit?: number;
  /** Whether the witnesses of every call are wanted. */
  readonly keepStack?: boolean;
}

const compiled = new WeakMap<LoweredProgram, WitnessProgram>();

/** The compiled witness program of a circuit (.bwp), made once; or why there is none. */
export function witnessProgramOf({ program, lowered }: Omit<SolvableCircuit, 'artifact'>): WitnessProgram {
  const known = compiled.get(lowered);
  if (known !== undefined) return known;
  const made = compileWitnessProgram(program, lowered.recipe, { probe: probeFunctions(program) });
  compiled.set(lowered, made);
  return made;
}

/** A circuit that was lowered before, and of which no more is at hand than solving and proving take. */
export interface ReadyCircuit {
  readonly artifact: NoirArtifact;
  /** `.bwp` bytes, of this very artifact. */
  readonly witnessProgram: Uint8Array;
  readonly proofSystem: ProofSystem;
  readonly publicCount: number;
  /** The constraints, to check witnesses with. Where they are absent, only the proof's verification tells. */
  readonly system?: ConstraintSystem;
}

const loaded = new WeakMap<Kernel, WeakMap<object, Promise<LoadedWitnessProgram>>>();

/** Loads a circuit's program once for each kernel, which frees it when it closes or both are forgotten. */
function loadOnce(
  kernel: Kernel,
  circuit: object,
  bytes: Uint8Array,
): Promise<LoadedWitnessProgram> | undefined {
  if (kernel.witness === undefined) return undefined;
  const own = loaded.get(kernel) ?? new WeakMap<object, Promise<LoadedWitnessProgram>>();
  loaded.set(kernel, own);
  const known = own.get(circuit);
  if (known !== undefined) return known;
  const loading = kernel.witness.load(bytes);
  own.set(circuit, loading);
  return loading;
}

/**
 * Solves and checks a witness on the kernel's engine.
 *
 * @throws BionoirError MALFORMED_INPUT, EXECUTION_FAILED (the step limit), UNSATISFIED_CONSTRAINT, ABORTED
 */
export async function solveOnEngine(
  circuit: SolvableCircuit,
  inputs: ProgramInputs,
  options: EngineOptions,
): Promise<EngineWitness | LeftToReference> {
  const { artifact, lowered } = circuit;
  const values = encodeInputs(artifact, inputs);
  const made = witnessProgramOf(circuit);
  if (made.kind === 'uncompilable') return { kind: 'left', reason: `the engine has not ${made.reason}` };
  const program = loadOnce(options.kernel, lowered, made.bytes);
  const { system } = lowered;
  return runProgram(program, values, { ...options, artifact, system, publicCount: system.publicCount });
}

/**
 * The same with a witness program that was compiled before.
 *
 * @throws BionoirError as {@link solveOnEngine}; MALFORMED_PROGRAM
 */
export function solveReady(
  circuit: ReadyCircuit,
  inputs: ProgramInputs,
  options: EngineOptions,
): Promise<EngineWitness | LeftToReference> {
  const values = encodeInputs(circuit.artifact, inputs);
  const program = loadOnce(options.kernel, circuit, circuit.witnessProgram);
  return runProgram(program, values, { ...options, ...circuit });
}

async function runProgram(
  loading: Promise<LoadedWitnessProgram> | undefined,
  values: readonly bigint[],
  run: EngineOptions & Pick<ReadyCircuit, 'artifact' | 'publicCount' | 'system'>,
): Promise<EngineWitness | LeftToReference> {
  const { kernel, keepStack = false, signal, stepLimit, artifact } = run;
  const program = await loading;
  if (program === undefined)
    return { kind: 'left', reason: `the kernel '${kernel.name}' has no witness engine` };
  const found = await program.solve(values, {
    keepFrames: keepStack,
    ...(signal === undefined ? {} : { signal }),
    ...(stepLimit === undefined ? {} : { stepLimit }),
  });
  if (found.kind === 'stopped') return stopped(artifact, found, stepLimit);
  const stack = keepStack ? { stack: decodeFrames(await found.frames()) } : {};
  return { ...(await checked(run, found)), ...stack };
}

/** Reads the frames of an engine; see bk_solution_frames. */
export function decodeFrames(bytes: Uint8Array): WitnessStack {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const word = (): number => {
    at += 4;
    return view.getUint32(at - 4, true);
  };
  let at = 0;
  return Array.from({ length: word() }, () => {
    const functionIndex = word();
    const witnesses = new Map<number, bigint>();
    for (let left = word(); left > 0; left--) {
      const witness = word();
      witnesses.set(witness, readValue(view, at));
      at += WIRE_BYTES;
    }
    return { functionIndex, witnesses };
  });
}

/** A checked witness, if there are constraints to check it with. */
async function checked(
  { system, publicCount }: Pick<ReadyCircuit, 'publicCount' | 'system'>,
  found: SolvedWitness,
): Promise<EngineWitness> {
  const { wires, challengeCount } = found;
  const publicSignals = Array.from({ length: publicCount }, (_, k) => wireOf(wires, k + 1));
  const solved = { kind: 'solved', encoded: wires, publicSignals } as const;
  if (challengeCount === 0) {
    found.release();
    if (system) assertSatisfied(system, wires);
    return solved;
  }
  if (system)
    assertSatisfied(system, await found.finish(Array.from({ length: challengeCount }, randomScalar)));
  return { ...solved, finishEncoded: found.finish };
}

const WIRE_BYTES = 32;

function wireOf(wires: Uint8Array, wire: number): bigint {
  return bytesToBigint(wires.subarray(wire * WIRE_BYTES, (wire + 1) * WIRE_BYTES));
}

/** All wires as integers. */
export function decodeWires(wires: Uint8Array): bigint[] {
  const words = new DataView(wires.buffer, wires.byteOffset, wires.byteLength);
  return Array.from({ length: wires.length / WIRE_BYTES }, (_, wire) => readValue(words, wire * WIRE_BYTES));
}

function readValue(words: DataView, from: number): bigint {
  let value = 0n;
  for (let at = WIRE_BYTES - 8; at >= 0; at -= 8) {
    const word = words.getBigUint64(from + at, true);
    if (value !== 0n || word !== 0n) value = (value << 64n) | word;
  }
  return value;
}

const DEFAULT_STEP_LIMIT = 2 ** 30;

/** The reference machine would run as many steps as the engine, a hundred times slower: that it would stop is known. */
function stopped(
  artifact: NoirArtifact,
  { reason, functionIndex, opcodes, brillig }: StoppedProgram,
  stepLimit = DEFAULT_STEP_LIMIT,
): LeftToReference {
  const name = STOP_REASONS[reason] ?? 'none';
  if (name !== 'step-limit') return { kind: 'left', reason: `the engine stopped (${name})` };
  const callers = opcodes.slice(0, -1).map(String);
  const last = String(opcodes.at(-1));
  throw explainFailure(artifact, {
    reason: `more than ${stepLimit} steps of unconstrained code (the step limit)`,
    place: {
      functionIndex,
      callStack:
        brillig === undefined
          ? [...callers, last]
          : [...callers, ...brillig.instructions.map(i => `${last}.${i}`)],
      ...(brillig === undefined ? {} : { brilligFunctionId: brillig.functionIndex }),
    },
  });
}
