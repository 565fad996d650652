/**
 * Executes an ACIR program: values of main's parameters in, the witnesses of every frame out.
 *
 * A machine of our own for every release that decodes: Noir's (npm @noir-lang/acvm_js) reads the newest format only. The
 * two agree on values and on failures; tests run both.
 */
import type { Circuit, Program, WitnessFrame, WitnessStack } from '../acir/types.ts';
import { BionoirError } from '../errors.ts';
import { BN254_SCALAR_PRIME, mod } from '../field/index.ts';
import { createMachine, type Machine, runBrillig } from './brillig/index.ts';
import {
  type CircuitHost,
  createFrame,
  type Frame,
  needValue,
  type ReadyCircuit,
  readyCircuit,
  runCircuit,
} from './circuit.ts';
import { Stopped, stopped, toError } from './failure.ts';
import type { ExecuteProgramOptions } from './types.ts';
import { canonicalOf, type FieldValue, shortened, UNKNOWN, type Values } from './values.ts';

const DEFAULT_STEP_LIMIT = 2 ** 30;
/** Circuits calling circuits: deeper than any compiler nests them, shallower than the host's stack. */
const MAX_CALL_DEPTH = 1000;

interface Run {
  readonly program: Program;
  readonly prime: bigint;
  readonly options: ExecuteProgramOptions;
  readonly circuits: Map<number, ReadyCircuit>;
  readonly machine: Machine;
  readonly stack: WitnessFrame[];
  depth: number;
}

/**
 * Solves a program.
 *
 * @param initial main's parameters by witness, any integers (taken mod the prime)
 * @returns frames in completion order, callees before callers, main last
 * @throws BionoirError EXECUTION_FAILED with {@link FailureDetails} when an assertion fails, an opcode cannot be solved,
 *   an oracle has no answer or the step limit is reached; ABORTED
 */
export async function executeProgram(
  program: Program,
  initial: ReadonlyMap<number, bigint>,
  options: ExecuteProgramOptions = {},
): Promise<WitnessStack> {
  const prime = options.prime ?? BN254_SCALAR_PRIME;
  const run: Run = {
    program,
    prime,
    options,
    circuits: new Map(),
    machine: createMachine(program.unconstrained, {
      prime,
      stepLimit: options.stepLimit ?? DEFAULT_STEP_LIMIT,
      ...(options.onForeignCall === undefined ? {} : { onForeignCall: options.onForeignCall }),
    }),
    stack: [],
    depth: 0,
  };
  const inputs = [...initial].map(
    ([witness, value]) => [witness, shortened(prime, mod(value, prime))] as const,
  );
  try {
    await runFunction(run, 0, inputs);
  } catch (failure) {
    throw failure instanceof Stopped ? toError(failure) : failure;
  }
  return run.stack;
}

async function runFunction(
  run: Run,
  functionIndex: number,
  inputs: readonly (readonly [witness: number, value: FieldValue])[],
): Promise<readonly FieldValue[]> {
  if (run.options.signal?.aborted)
    throw new BionoirError('ABORTED', 'Executing the program was cancelled. Run it again to go on.');
  const circuit = circuitOf(run, functionIndex);
  if (run.depth >= MAX_CALL_DEPTH) throw stopped(`circuits call circuits more than ${MAX_CALL_DEPTH} deep`);
  const frame = createFrame(circuit, hostOf(run), inputs);
  run.depth++;
  try {
    await runCircuit(circuit, frame);
  } catch (failure) {
    if (failure instanceof Stopped) failure.functionIndex ??= functionIndex;
    throw failure;
  }
  run.depth--;
  run.stack.push({ functionIndex, witnesses: witnessesOf(frame) });
  // what main returns, nobody asks for here; some releases list witnesses that data buses never set
  if (functionIndex === 0) return [];
  return circuit.source.returnValues.map(witness => needValue(frame.values, witness));
}

/** Circuits stay prepared as long as their program lives: the next input is solved at once. */
const prepared = new WeakMap<Circuit, { readonly prime: bigint; readonly circuit: ReadyCircuit }>();

function preparedBefore(source: Circuit, prime: bigint): ReadyCircuit | undefined {
  const found = prepared.get(source);
  return found?.prime === prime ? found.circuit : undefined;
}

function circuitOf({ program, circuits, prime }: Run, functionIndex: number): ReadyCircuit {
  const known = circuits.get(functionIndex);
  if (known !== undefined) return known;
  const source = program.functions[functionIndex];
  if (source === undefined) throw stopped(`circuit ${functionIndex} does not exist`);
  const circuit = preparedBefore(source, prime) ?? readyCircuit(source, prime);
  prepared.set(source, { prime, circuit });
  circuits.set(functionIndex, circuit);
  return circuit;
}

function hostOf(run: Run): CircuitHost {
  return {
    prime: run.prime,
    runBrillig: (id, inputs) => runBrillig(run.machine, id, inputs),
    runCircuit: async (id, inputs) => {
      if (id === 0) throw stopped('main cannot be called');
      return await runFunction(
        run,
        id,
        inputs.map((value, witness) => [witness, value] as const),
      );
    },
  };
}

/** The frame's values, read where they lie: networks have millions. */
function witnessesOf({ values }: Frame): ReadonlyMap<number, bigint> {
  return new WitnessView(values);
}

/** A read-only map over typed columns. */
class WitnessView implements ReadonlyMap<number, bigint> {
  readonly #values: Values;
  #size: number | undefined;

  constructor(values: Values) {
    this.#values = values;
  }

  get size(): number {
    this.#size ??= this.#values.states.reduce((count, state) => count + (state === UNKNOWN ? 0 : 1), 0);
    return this.#size;
  }

  has(witness: number): boolean {
    return (this.#values.states[witness] ?? UNKNOWN) !== UNKNOWN;
  }

  get(witness: number): bigint | undefined {
    return this.has(witness) ? canonicalOf(this.#values.prime, needValue(this.#values, witness)) : undefined;
  }

  forEach(visit: (value: bigint, witness: number, map: ReadonlyMap<number, bigint>) => void): void {
    for (const [witness, value] of this) visit(value, witness, this);
  }

  *entries(): MapIterator<[number, bigint]> {
    for (let witness = 0; witness < this.#values.states.length; witness++) {
      const value = this.get(witness);
      if (value !== undefined) yield [witness, value];
    }
  }

  *keys(): MapIterator<number> {
    for (const [witness] of this.entries()) yield witness;
  }

  *values(): MapIterator<bigint> {
    for (const [, value] of this.entries()) yield value;
  }

  [Symbol.iterator](): MapIterator<[number, bigint]> {
    return this.entries();
  }
}
