/** From private inputs to a witness: of a network, of any Noir program, or from what another tool solved. */
import { decodeArtifact } from '../../converters/nargo-to-acir/index.ts';
import type { WitnessStack } from '../acir/index.ts';
import { type Claim, claimInputs } from '../applications/index.ts';
import { claimFor } from '../claiming.ts';
import { BionoirError, InternalError } from '../errors.ts';
import type { Kernel } from '../kernel/index.ts';
import { proverInputs } from '../noir/index.ts';
import {
  dequantizeOutput,
  evaluateQuantGraph,
  type InputUnit,
  quantizeInput,
  type Sample,
} from '../quantize/index.ts';
import { assertSatisfied } from '../r1cs/index.ts';
import { type LeftToReference, type ReadyCircuit, solveOnEngine, solveReady } from '../solving.ts';
import {
  type ExecuteOptions,
  type Execution,
  executeArtifact,
  type NoirArtifact,
  type ProgramInputs,
} from '../toolchain/index.ts';
import { solveRounds } from '../witness/index.ts';
import { lowerArtifact } from './lower.ts';
import type { Circuit, ProvableNetwork, ReadyNetwork } from './network.ts';
import { runStage, type StageOptions } from './stages.ts';
import { checkedWitness, lazyWitness, type NetworkWitness, type Witness } from './witness.ts';

/** Who solves a witness. */
export interface EngineChoice {
  /** Solves on this kernel's engine; what it cannot do, and all where it is absent, the reference machine does. */
  readonly kernel?: Kernel;
}

export interface SolveOptions extends StageOptions, EngineChoice {
  /** What the sample counts: the input's integers, such as pixels (the default), or the reals the float network takes. */
  readonly unit?: InputUnit;
  /** What a proof of an application claims. */
  readonly claim?: Claim;
  /** Values of parameters that were added to the generated main by hand, by name. */
  readonly values?: ProgramInputs;
}

/**
 * Runs a network on a private input, solves every wire and checks every constraint.
 *
 * Of a network that was lowered before, the kernel's engine solves with what there is; where it cannot, the artifact is
 * lowered again, and the listener told why.
 *
 * @param sample for each input of the network, its values row-major.
 * @throws BionoirError INPUT_SHAPE, INPUT_RANGE, BOUND_EXCEEDED, EXECUTION_FAILED, UNSATISFIED_CONSTRAINT; of an
 *   application FALSE_CLAIM when what is claimed is not so, MALFORMED_INPUT when the claim lacks something, or a value is
 *   given twice
 */
export function solve(
  network: ProvableNetwork | ReadyNetwork,
  sample: Sample,
  options: SolveOptions = {},
): Promise<NetworkWitness> {
  return solveAny(network, options, async solver => {
    const inputs = quantizeInput(network.quantGraph, sample, options.unit);
    const outputs = evaluateQuantGraph(network.quantGraph, inputs);
    const claim = claimFor(network, outputs, options.claim);
    const stated = { ...(claim ? claimInputs(claim) : {}), ...proverInputs(network.quantGraph, inputs) };
    refuseTwice(options.values ?? {}, stated);
    const witness = await solver({ ...options.values, ...stated });
    if ('reason' in witness) return witness;
    const told = { outputs, realOutputs: dequantizeOutput(network.quantGraph, outputs) };
    return Object.assign(witness, told, claim ? { claim } : {}); // not spread: wires are decoded when asked for
  });
}

/** A value of a parameter that claim or sample give as well would be lost without a word. */
function refuseTwice(values: ProgramInputs, stated: ProgramInputs): void {
  const name = Object.keys(values).find(key => Object.hasOwn(stated, key));
  if (name === undefined) return;
  throw new BionoirError(
    'MALFORMED_INPUT',
    `The parameter '${name}' has a value of its own, and one by the claim or the network's input. Leave out the first; such values are for parameters that were added to main by hand.`,
    { details: { name }, location: name },
  );
}

/** How to solve a program. */
export interface SolveProgramOptions
  extends StageOptions,
    EngineChoice,
    Pick<ExecuteOptions, 'onPrint' | 'onForeignCall'> {
  /** Whether the witnesses of every call are wanted, as nargo's witness files hold them. */
  readonly keepStack?: boolean;
}

/**
 * Executes any Noir program on its inputs, solves every wire and checks every constraint; of a program that was lowered
 * before as {@link solve}.
 *
 * @throws BionoirError MALFORMED_INPUT, EXECUTION_FAILED, UNSATISFIED_CONSTRAINT
 */
export function solveProgram(
  circuit: Circuit | ReadyCircuit,
  inputs: ProgramInputs,
  options: SolveProgramOptions = {},
): Promise<Witness> {
  return solveAny(circuit, options, solver => solver(inputs));
}

type Solver = (inputs: ProgramInputs) => Promise<Witness | LeftToReference>;

/** Solves with what there is, and only if that does not do with the artifact lowered again. */
async function solveAny<Solved extends Witness>(
  circuit: Circuit | ReadyCircuit,
  options: SolveProgramOptions,
  withSolver: (solver: Solver) => Promise<Solved | LeftToReference>,
): Promise<Solved> {
  const first = await runStage('witness', options, () =>
    withSolver(inputs => solveChecked(circuit, inputs, options)),
  );
  if (!('reason' in first)) return first;
  options.listener?.onNotice?.('witness', `The program is lowered again: ${first.reason}.`);
  const { artifact, proofSystem } = circuit as ReadyCircuit; // a lowered circuit leaves nothing
  const lowered = await lowerArtifact(artifact, { ...options, proofSystem });
  const second = await runStage('witness', options, () =>
    withSolver(inputs => solveChecked(lowered, inputs, options)),
  );
  if ('reason' in second) throw new InternalError('The reference machine leaves nothing.');
  return second;
}

async function solveChecked(
  circuit: Circuit | ReadyCircuit,
  inputs: ProgramInputs,
  options: SolveProgramOptions,
): Promise<Witness | LeftToReference> {
  const { kernel, signal, keepStack = false, onPrint, onForeignCall } = options;
  const watched = { keepStack, ...(signal === undefined ? {} : { signal }) };
  if ('witnessProgram' in circuit) {
    if (kernel === undefined) return { kind: 'left', reason: 'there is no kernel whose engine could solve' };
    const ready = await solveReady(circuit, inputs, { kernel, ...watched });
    return ready.kind === 'left' ? ready : lazyWitness(ready, kernel.description);
  }
  const found = kernel && (await solveOnEngine(circuit, inputs, { kernel, ...watched }));
  if (kernel && found?.kind === 'solved') return lazyWitness(found, kernel.description);
  const { stack } = await executeArtifact(circuit.artifact, inputs, {
    program: circuit.program,
    ...(onPrint === undefined ? {} : { onPrint }),
    ...(onForeignCall === undefined ? {} : { onForeignCall }),
  });
  const witness = checkedWitness(circuit.lowered.system, solveRounds(circuit.lowered.recipe, stack));
  const engine = found?.kind === 'left' ? `reference: ${found.reason}` : 'reference';
  return { ...witness, engine, ...(keepStack ? { stack } : {}) };
}

export interface ExecuteProgramOptions extends StageOptions, ExecuteOptions {}

/**
 * Executes any Noir program on its inputs: every ACIR witness, and what main returns. {@link solveStack} goes on from here.
 *
 * @throws BionoirError MALFORMED_INPUT, EXECUTION_FAILED with the assertion's message and call stack
 */
export function execute(
  artifact: NoirArtifact,
  inputs: ProgramInputs,
  options: ExecuteProgramOptions = {},
): Promise<Execution> {
  return runStage('execute', options, () => {
    const program = options.program ?? decodeArtifact(artifact).program;
    return executeArtifact(artifact, inputs, { ...options, program });
  });
}

/**
 * Solves every wire from a solved witness stack, made here or by another tool, and checks every constraint.
 *
 * @throws BionoirError MALFORMED_WITNESS, UNSATISFIED_CONSTRAINT
 */
export function solveStack(
  circuit: Pick<Circuit, 'lowered'>,
  stack: WitnessStack,
  options: StageOptions = {},
): Promise<Witness> {
  const { system, recipe } = circuit.lowered;
  return runStage('witness', options, () => checkedWitness(system, solveRounds(recipe, stack)));
}

/**
 * Checks wires that another tool solved, such as those of a `.wtns` file. Only for systems without rounds.
 *
 * @throws BionoirError MALFORMED_WITNESS, UNSATISFIED_CONSTRAINT
 */
export function checkWires(
  { lowered: { system } }: Pick<Circuit, 'lowered'>,
  wires: readonly bigint[],
): Witness {
  assertSatisfied(system, wires);
  return { wires, publicSignals: wires.slice(1, system.publicCount + 1) };
}
