/** Witness programs on an engine of the kernel: loading, solving, both rounds of wires. */
import { writeBigint } from '../bytes/index.ts';
import { BionoirError } from '../errors.ts';
import type { SolutionHandle, WitnessAddon, WitnessHandle } from './native-addon.ts';
import { type Context, call, encodeScalars, isBadArgument, SCALAR_BYTES } from './native-call.ts';
import type {
  LoadedWitnessProgram,
  SolvedWitness,
  SolveOptions,
  StoppedProgram,
  WitnessKernel,
} from './types.ts';

/** What instructions may run in all, unless the caller says otherwise; the reference machine's limit. */
const DEFAULT_STEP_LIMIT = 2 ** 30;
/** Of a slot or a cell. */
const WORD_BYTES = 8;
const NO_FUNCTION = 0xffffffff;

/** The witness engine of an open kernel. */
export function nativeWitness(context: Context, addon: WitnessAddon): WitnessKernel {
  return { load: bytes => load(context, addon, bytes) };
}

interface Loaded {
  readonly context: Context;
  readonly addon: WitnessAddon;
  readonly handle: WitnessHandle;
  readonly inputCount: number;
  readonly wireCount: number;
  readonly challengeCount: number;
}

async function load(context: Context, addon: WitnessAddon, bytes: Uint8Array): Promise<LoadedWitnessProgram> {
  const handle = await call(context, 'reading the witness program', {}, (cancel, listener) =>
    addon.witnessLoad(context.handle, bytes, cancel, listener),
  );
  const [inputCount = 0, wireCount = 0, challengeCount = 0, ...words] = await addon.witnessShape(handle);
  const loaded: Loaded = { context, addon, handle, inputCount, wireCount, challengeCount };
  return {
    inputCount,
    wireCount,
    challengeCount,
    workingBytes: words.reduce((sum, count) => sum + WORD_BYTES * count, 0),
    solve: (inputs, options) => solve(loaded, inputs, options),
    release: () => addon.witnessRelease(handle),
  };
}

async function solve(
  loaded: Loaded,
  inputs: readonly bigint[],
  options: SolveOptions = {},
): Promise<SolvedWitness | StoppedProgram> {
  const { context, addon, handle } = loaded;
  const { stepLimit = DEFAULT_STEP_LIMIT, keepFrames = false } = options;
  const bytes = encodeInputs(loaded, inputs);
  const wires = new Uint8Array(loaded.wireCount * SCALAR_BYTES);
  const solution = await call(context, 'solving the witness', options, (cancel, listener) =>
    addon.witnessSolve(
      context.handle,
      handle,
      bytes,
      wires,
      stepLimit >>> 0,
      Math.floor(stepLimit / 2 ** 32),
      keepFrames ? 1 : 0,
      cancel,
      listener,
    ),
  );
  bytes.fill(0);
  const stop = await addon.solutionStop(solution);
  if (stop.length > 0) {
    addon.solutionRelease(solution);
    return stoppedProgram(stop);
  }
  return {
    kind: 'solved',
    wires,
    challengeCount: loaded.challengeCount,
    finish: challenges => finish(loaded, solution, challenges),
    frames: () => addon.solutionFrames(solution),
    release: () => addon.solutionRelease(solution),
  };
}

function encodeInputs({ inputCount }: Loaded, inputs: readonly bigint[]): Uint8Array {
  if (inputs.length !== inputCount) {
    throw new BionoirError(
      'MALFORMED_INPUT',
      `The witness program takes ${inputCount} input values and was given ${inputs.length}. Encode the inputs by the ABI of the program that was compiled.`,
      { details: { expected: inputCount, actual: inputs.length } },
    );
  }
  const bytes = new Uint8Array(inputCount * SCALAR_BYTES);
  inputs.forEach((value, k) => {
    writeBigint(bytes, k * SCALAR_BYTES, value, SCALAR_BYTES);
  });
  return bytes;
}

async function finish(
  loaded: Loaded,
  solution: SolutionHandle,
  challenges: readonly bigint[],
): Promise<Uint8Array> {
  const { challengeCount } = loaded;
  if (challenges.length !== challengeCount) throw wrongChallenges(challenges.length, challengeCount);
  try {
    return await wiresOf(loaded, solution, encodeScalars(challenges));
  } catch (error) {
    throw isBadArgument(error) ? wrongChallenges(challenges.length, challengeCount) : error;
  }
}

function wrongChallenges(count: number, expected: number): BionoirError {
  return new BionoirError(
    'USAGE',
    `The second round was given ${count} challenges; it takes ${expected}, each a field element. Derive them from the first round's commitment.`,
    { details: { count, expected } },
  );
}

async function wiresOf(
  { context, addon, wireCount }: Loaded,
  solution: SolutionHandle,
  challenges: Uint8Array,
): Promise<Uint8Array> {
  const wires = new Uint8Array(wireCount * SCALAR_BYTES);
  await call(context, 'writing the witness', {}, (cancel, listener) =>
    addon.solutionWires(context.handle, solution, wires, challenges, cancel, listener),
  );
  return wires;
}

/** See bk_solution_stop for the words. */
function stoppedProgram(words: Uint32Array): StoppedProgram {
  const [reason = 0, functionIndex = 0, brillig = NO_FUNCTION, opcodeCount = 0] = words;
  const opcodes = [...words.subarray(4, 4 + opcodeCount)];
  const instructions = [...words.subarray(4 + opcodeCount)];
  return {
    kind: 'stopped',
    reason,
    functionIndex,
    opcodes,
    ...(brillig === NO_FUNCTION ? {} : { brillig: { functionIndex: brillig, instructions } }),
  };
}
