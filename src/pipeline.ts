/**
 * The pipeline: about a line a stage, in order. The one place that knows both ends.
 *
 *   model ─▶ Graph ─▶ QuantGraph ─▶ Noir package ─▶ artifact ─▶ Program ─▶ R1CS + recipe ─▶ keys
 *                                                     input ─▶ witness ─▶ proof ─▶ true or false
 */
import {
  assertConstrained,
  chooseProofSystem,
  type LookupOptions,
  type LoweredProgram,
  lowerProgram,
  type ProofSystem,
  type ProofSystemChoice,
} from '../converters/acir-to-r1cs/index.ts';
import { decodeArtifact, linkArtifacts } from '../converters/nargo-to-acir/index.ts';
import { writeR1cs } from '../converters/r1cs-to-iden3/index.ts';
import { type Abi, type Program, type WitnessStack, witnessNames } from './acir/index.ts';
import {
  type Application,
  type ApplicationOptions,
  type Claim,
  claimInputs,
  planApplication,
  type ResolvedClaim,
} from './applications/index.ts';
import type { ByteSource } from './bytes/index.ts';
import { claimFor } from './claiming.ts';
import { BionoirError, InternalError } from './errors.ts';
import {
  type Graph,
  type Normalization,
  normalizeInput,
  type SoftmaxMode,
  scoreOutput,
  simplifyGraph,
} from './graph/index.ts';
import {
  contribute,
  exportVerificationKey,
  type ProofResult,
  prove as proveGroth16,
  setupForDevelopment,
  setupFromPtau,
  verify as verifyGroth16,
} from './groth16/index.ts';
import {
  type Groth16Points,
  type Groth16VerificationKey,
  type Kernel,
  type LoadedProvingKey,
  type Progress,
  randomScalar,
  type UltraGrothPoints,
  type UltraGrothVerificationKey,
} from './kernel/index.ts';
import { estimateLayers } from './layer-costs.ts';
import { type ModelFiles, type ReadModelOptions, readModelFiles } from './models.ts';
import { generatePackage, type NoirPackage, proverInputs } from './noir/index.ts';
import {
  constraintEstimate,
  dequantizeOutput,
  evaluateQuantGraph,
  type HeldOutData,
  type InputUnit,
  type IntTensor,
  type QuantGraph,
  type QuantizeOptions,
  quantize,
  quantizeInput,
  reportSearch,
  type Sample,
  type SearchReport,
  type SearchTarget,
} from './quantize/index.ts';
import { assertSatisfied } from './r1cs/index.ts';
import type { ConstraintSystem } from './r1cs/types.ts';
import { decodeWires, type EngineWitness, solveOnEngine } from './solving.ts';
import {
  type CompileCache,
  type Diagnostic,
  type ExecuteOptions,
  type Execution,
  executeArtifact,
  type NoirArtifact,
  type NoirToolchain,
  noirWasmByParts,
  type ProgramInputs,
} from './toolchain/index.ts';
import {
  encodeTwoRounds,
  type TwoRoundWitness,
  type UltraGrothProofResult,
  type UltraGrothProvingKey,
  contribute as ultraGrothContribute,
  exportVerificationKey as ultraGrothExport,
  prove as ultraGrothProve,
  setupForDevelopment as ultraGrothSetup,
  setupFromPtau as ultraGrothSetupFromPtau,
  verify as ultraGrothVerify,
} from './ultragroth/index.ts';
import { type RoundOne, solveRounds } from './witness/index.ts';

/** The stages, in order. */
export const STAGES = [
  'import',
  'quantize',
  'generate',
  'compile',
  'lower',
  'setup',
  'witness',
  'prove',
  'verify',
] as const;
export type Stage = (typeof STAGES)[number];
/** What listeners hear of: the stages of a network, and the execution of a program by itself. */
export type ListenedStage = Stage | 'execute';

/** Told of every stage as it begins, moves and ends. */
export interface StageListener {
  onStart?(stage: ListenedStage): void;
  onProgress?(stage: ListenedStage, step: string, fraction: number): void;
  onEnd?(stage: ListenedStage, millis: number): void;
  /** Told why a stage takes another way than usual. */
  onNotice?(stage: ListenedStage, text: string): void;
}

export interface StageOptions {
  readonly listener?: StageListener;
  readonly signal?: AbortSignal;
}

/** What the proof makes public: the numbers before softmax, or the index of the largest one. */
export type PublicOutput = 'logits' | 'label';

/** How to lower a program. */
export interface LowerArtifactOptions extends StageOptions {
  /**
   * The proof system that the constraints are for; 'groth16' by default. 'ultragroth' proves ranges and tables by lookups;
   * 'auto' takes it where it is predicted to at least halve the domain, and says why.
   */
  readonly proofSystem?: ProofSystem | 'auto';
  /** How to look up, with 'ultragroth'. */
  readonly lookups?: LookupOptions;
}

/** `input` and `inputs` say what integers the network takes; by default bytes 0..255 that the network sees as 0..1. */
export interface CompileOptions extends LowerArtifactOptions, ReadModelOptions {
  /** How 8-bit pixels were normalised for training, by channel: (pixel / 255 - mean) / deviation. Instead of `input`. */
  readonly normalization?: Normalization;
  /** 'logits' unless said; an application of kind 'classification' takes the label. */
  readonly output?: PublicOutput;
  /** What the proof states about the output, instead of making the output public. */
  readonly application?: ApplicationOptions;
  readonly quantize?: QuantizeOptions;
  /** Searches the bits of every layer for a target, on data that the network was not trained on. */
  readonly fidelity?: HeldOutData & SearchTarget;
  /** The Noir compiler; by default noir_wasm, which compiles large packages layer by layer. */
  readonly toolchain?: NoirToolchain;
  /** Keeps what the default compiler makes of the layers of large packages; see {@link folderCache}. */
  readonly compileCache?: CompileCache;
}

/** A Noir program as constraints: what set-up and proving need, whatever the program came from. */
export interface Circuit {
  readonly artifact: NoirArtifact;
  readonly program: Program;
  /** Constraints with `rounds` are for UltraGroth, others for Groth16. */
  readonly lowered: LoweredProgram;
  /** What 'auto' chose, and why. */
  readonly proofSystemChoice?: ProofSystemChoice;
}

/** A network as constraints, with every stage it went through. */
export interface CompiledNetwork extends Circuit {
  readonly graph: Graph;
  readonly quantGraph: QuantGraph;
  readonly noirPackage: NoirPackage;
  /** What its proofs state, if more than its outputs. */
  readonly application?: Application;
  /** What the search for bits found, where there was one. */
  readonly fidelity?: SearchReport;
}

/** What proving a network needs: its circuit and its integers. A build folder holds just this. */
export type ProvableNetwork = Circuit & Pick<CompiledNetwork, 'quantGraph' | 'application'>;

/**
 * Turns a model (TensorFlow.js, ONNX, classic) into constraints: import, quantise, generate Noir, compile, lower.
 *
 * @throws BionoirError as the stages do: MALFORMED_MODEL, UNSUPPORTED_OP, BOUND_TOO_WIDE, COMPILE_FAILED ...
 */
export async function compile(model: ModelFiles, options: CompileOptions = {}): Promise<CompiledNetwork> {
  const network = await compileUntil(model, 'lower', options);
  const { quantGraph, noirPackage, artifact, program, lowered } = network;
  if (!quantGraph || !noirPackage || !artifact || !program || !lowered)
    throw new InternalError('A stage gave nothing.');
  return { ...network, quantGraph, noirPackage, artifact, program, lowered };
}

/** As far as compiling went: the graph at least. */
export type PartialNetwork = Pick<CompiledNetwork, 'graph'> & Partial<CompiledNetwork>;

/**
 * Compiles as {@link compile} does, but stops after the stage `last`.
 *
 * @throws BionoirError as {@link compile}
 */
export async function compileUntil(
  model: ModelFiles,
  last: Stage,
  options: CompileOptions = {},
): Promise<PartialNetwork> {
  const { graph, application } = await run('import', options, () => importScored(model, options));
  if (isLast('import', last)) return { graph };
  const quantised = await run('quantize', options, onProgress =>
    quantiseOrSearch(graph, options, onProgress),
  );
  if (isLast('quantize', last)) return { graph, ...quantised };
  const generated = await run('generate', options, () => generate(quantised.quantGraph, application));
  if (isLast('generate', last)) return { graph, ...quantised, ...generated };
  const artifact = await compileNoir(generated.noirPackage, options);
  if (isLast('compile', last)) return { graph, ...quantised, ...generated, artifact };
  return { graph, ...quantised, ...generated, ...(await lowerArtifact(artifact, options)) };
}

function generate(
  quantGraph: QuantGraph,
  asked: ApplicationOptions | undefined,
): Pick<CompiledNetwork, 'noirPackage' | 'application'> {
  if (asked === undefined) return { noirPackage: generatePackage(quantGraph) };
  const application = planApplication(quantGraph, asked);
  return { noirPackage: generatePackage(quantGraph, { application: asked }), application };
}

/** Lookups make a bit more of every weight nearly free, and MNIST's limbs then fill their tables. */
const ULTRAGROTH_WEIGHT_BITS = 8;
/** With 'auto', a network with more constraints than this will get lookups; see chooseProofSystem. */
const AUTO_CONSTRAINTS = 2 ** 11;

/**
 * Quantises for the proof system: 'auto' looks at what bits would cost.
 *
 * @throws BionoirError as {@link quantize}
 */
export function quantizeFor(graph: Graph, { proofSystem, quantize: own }: CompileOptions): QuantGraph {
  const forLookups = { weightBits: ULTRAGROTH_WEIGHT_BITS, ...own };
  if (proofSystem === 'ultragroth') return quantize(graph, forLookups);
  const plain = quantize(graph, own);
  const isSmall = proofSystem !== 'auto' || constraintEstimate(plain).total < AUTO_CONSTRAINTS;
  return isSmall ? plain : quantize(graph, forLookups);
}

function quantiseOrSearch(
  graph: Graph,
  options: CompileOptions,
  onProgress: Progress,
): Pick<CompiledNetwork, 'quantGraph' | 'fidelity'> {
  const { fidelity: asked } = options;
  return asked === undefined
    ? { quantGraph: quantizeFor(graph, options) }
    : searchFidelity(graph, asked, { ...options, onProgress });
}

/** Widths of tables that the search tries, with lookups. */
const SEARCHED_WIDTHS = [4, 5, 6, 7, 8, 9, 10];

/**
 * Searches the bits of every layer of a float network (see {@link importModel}) for a target, and reports what they do; without a target
 * it only reports. Constraints are those of the proof system, 'auto' counting as Groth16.
 *
 * @throws BionoirError CALIBRATION when no bits meet the target; USAGE, MALFORMED_INPUT, INPUT_SHAPE, INPUT_RANGE
 */
export function searchFidelity(
  graph: Graph,
  { maxDrop, maxConstraints, ...data }: HeldOutData & SearchTarget,
  { proofSystem, quantize: own, onProgress }: CompileOptions & { readonly onProgress?: Progress } = {},
): { readonly quantGraph: QuantGraph; readonly fidelity: SearchReport } {
  const target = {
    ...(maxDrop === undefined ? {} : { maxDrop }),
    ...(maxConstraints === undefined ? {} : { maxConstraints }),
  };
  const lookups = {
    quantize: { weightBits: ULTRAGROTH_WEIGHT_BITS, ...own },
    cost: (quantGraph: QuantGraph) => estimateLayers(quantGraph).ultraGroth.total,
    nodeCosts: (quantGraph: QuantGraph) =>
      new Map(estimateLayers(quantGraph).layers.map(({ name, ultraGrothCount }) => [name, ultraGrothCount])),
    lookupWidths: SEARCHED_WIDTHS,
  };
  const { report, result } = reportSearch(graph, data, {
    target,
    ...(own === undefined ? {} : { quantize: own }),
    ...(proofSystem === 'ultragroth' ? lookups : {}),
    ...(onProgress === undefined ? {} : { onProgress }),
  });
  return { quantGraph: result.quantGraph, fidelity: report };
}

/**
 * Compiles a Nargo package, held in memory or in a folder: a generated one after edits by hand, or any other.
 *
 * @throws BionoirError COMPILE_FAILED, COMPILER_CRASHED, MISSING_TOOL, ABORTED
 */
export function compileNoir(
  source: NoirPackage | string,
  options: Pick<CompileOptions, 'toolchain' | 'compileCache' | 'listener' | 'signal'> & {
    /** Called once for each warning of the compiler. */
    readonly onWarning?: (warning: Diagnostic) => void;
  } = {},
): Promise<NoirArtifact> {
  const { signal, onWarning, compileCache, listener } = options;
  const byParts = { link: linkArtifacts, ...(compileCache === undefined ? {} : { cache: compileCache }) };
  return run('compile', options, onProgress =>
    (options.toolchain ?? noirWasmByParts(byParts)).compile(source, {
      onProgress,
      onNotice: text => listener?.onNotice?.('compile', text),
      ...(signal === undefined ? {} : { signal }),
      ...(onWarning === undefined ? {} : { onWarning }),
    }),
  );
}

function isLast(stage: Stage, last: Stage): boolean {
  return STAGES.indexOf(stage) >= STAGES.indexOf(last);
}

/** Reads a model and brings the graph into the form that is quantised. */
export function importModel(model: ModelFiles, options: CompileOptions = {}): Graph {
  return importScored(model, options).graph;
}

/** The graph, and the application with what the model's end says of its score. */
function importScored(
  model: ModelFiles,
  options: CompileOptions,
): { readonly graph: Graph; readonly application: ApplicationOptions | undefined } {
  const { application } = options;
  if (application?.kind !== 'liveness')
    return {
      graph: simplifyGraph(readModel(model, outputOf(options) === 'label' ? 'argmax' : 'drop', options)),
      application,
    };
  const { graph, isLogit, scoreIndex } = scoreOutput(
    readModel(model, 'keep', options),
    application.scoreIndex,
  );
  const scored = { ...application, isLogit, ...(scoreIndex === undefined ? {} : { scoreIndex }) };
  return { graph: simplifyGraph(graph), application: scored };
}

function readModel(model: ModelFiles, softmax: SoftmaxMode, options: CompileOptions): Graph {
  const { normalization, input, inputs, inputShapes, imageLayout } = options;
  const graph = readModelFiles(model, {
    softmax,
    ...(input === undefined ? {} : { input }),
    ...(inputs === undefined ? {} : { inputs }),
    ...(inputShapes === undefined ? {} : { inputShapes }),
    ...(imageLayout === undefined ? {} : { imageLayout }),
  });
  return normalization === undefined ? graph : normalizeInput(graph, normalization);
}

function outputOf({ output, application }: CompileOptions): PublicOutput {
  return output ?? (application?.kind === 'classification' ? 'label' : 'logits');
}

/**
 * Turns the artifact of any Noir program into constraints.
 *
 * @throws BionoirError MALFORMED_ARTIFACT, UNKNOWN_RELEASE, UNSUPPORTED_OPCODE, UNSATISFIABLE_PROGRAM ...
 */
export function lowerArtifact(artifact: NoirArtifact, options: LowerArtifactOptions = {}): Promise<Circuit> {
  return run('lower', options, onProgress => {
    const { program, locate } = decodeArtifact(artifact);
    const choice = options.proofSystem === 'auto' ? chooseProofSystem(program) : undefined;
    const system = choice?.system ?? options.proofSystem ?? 'groth16';
    const lookups = system === 'ultragroth' ? { lookups: options.lookups ?? {} } : {};
    return {
      artifact,
      program,
      lowered: lowerProgram(program, { locate, onProgress, ...lookups }),
      ...(choice === undefined ? {} : { proofSystemChoice: choice }),
    };
  });
}

export interface SetupOptions extends StageOptions {
  /**
   * A powers-of-tau file (`.ptau`): its bytes, or {@link openFileSource} for one that is read in pieces. It is trusted:
   * check it once with `verifyPtau`. Without it: a development set-up by a single party, never for real value.
   */
  readonly ptau?: Uint8Array | ByteSource;
  /** Public name of the first contribution to a key from a `.ptau`; more can follow with `contribute` and `applyBeacon`. */
  readonly contributor?: string;
  /**
   * Names of values that the prover may choose freely, such as the result of an oracle: Noir names ("return[3]",
   * "points[2].x"; "points" allows all its parts) or witnesses as the error names them ("main.w7").
   */
  readonly allowUnconstrained?: readonly string[];
}

/** Keys of one circuit. */
export interface Keys {
  /** iden3 `.zkey` bytes. */
  readonly provingKey: Uint8Array;
  readonly verificationKey: Groth16VerificationKey;
}

/** What set-up needs of a circuit; with the artifact, errors speak in Noir names. */
export type SetupSubject = Pick<Circuit, 'lowered'> & Partial<Pick<Circuit, 'artifact' | 'program'>>;

/**
 * Makes the keys of a circuit, after the search for values that nothing constrains.
 *
 * @throws BionoirError UNDER_CONSTRAINED, PTAU_TOO_SMALL, MALFORMED_PTAU, ABORTED, KERNEL_FAILED
 */
export function setup(kernel: Kernel, circuit: SetupSubject, options: SetupOptions = {}): Promise<Keys> {
  return run('setup', options, async onProgress => {
    assertProofSystem(circuit, 'groth16');
    checkConstrained(circuit, options.allowUnconstrained);
    const r1cs = writeR1cs(circuit.lowered.system);
    const call = { onProgress, ...(options.signal === undefined ? {} : { signal: options.signal }) };
    const provingKey =
      options.ptau === undefined
        ? await setupForDevelopment(kernel, r1cs, call)
        : await contribute(await setupFromPtau(r1cs, options.ptau, { ...call, kernel }), {
            ...call,
            kernel,
            name: options.contributor ?? 'first',
          });
    return { provingKey, verificationKey: exportVerificationKey(provingKey) };
  });
}

/** UltraGroth keys of one circuit. */
export interface UltraGrothKeys {
  /** `.zkey` bytes of docs/ultragroth.md. */
  readonly provingKey: Uint8Array;
  readonly verificationKey: UltraGrothVerificationKey;
}

/**
 * {@link setup} for a circuit whose constraints have rounds, after the check that lookups read only what is committed to.
 *
 * @throws BionoirError UNDER_CONSTRAINED, USAGE (a circuit for Groth16), MISSING_KERNEL, and as {@link setup}
 */
export function setupUltraGroth(
  kernel: Kernel,
  circuit: SetupSubject,
  options: SetupOptions = {},
): Promise<UltraGrothKeys> {
  return run('setup', options, async onProgress => {
    assertProofSystem(circuit, 'ultragroth');
    checkConstrained(circuit, options.allowUnconstrained);
    const r1cs = writeR1cs(circuit.lowered.system);
    const call = { onProgress, ...(options.signal === undefined ? {} : { signal: options.signal }) };
    const provingKey =
      options.ptau === undefined
        ? await ultraGrothSetup(kernel, r1cs, call)
        : await ultraGrothContribute(kernel, await ultraGrothSetupFromPtau(kernel, r1cs, options.ptau), {
            name: options.contributor ?? 'first',
          });
    return { provingKey, verificationKey: ultraGrothExport(provingKey) };
  });
}

function assertProofSystem({ lowered }: SetupSubject, expected: ProofSystem): void {
  const found: ProofSystem = lowered.system.rounds === undefined ? 'groth16' : 'ultragroth';
  if (found === expected) return;
  throw new BionoirError(
    'USAGE',
    `The circuit was lowered for ${found}; its keys cannot be for ${expected}. Lower it again with proofSystem '${expected}', or set up for ${found}.`,
    { details: { found, expected } },
  );
}

/**
 * Throws when the prover may choose a value of the program that no input determines: the gate before every set-up.
 *
 * @param allowed see {@link SetupOptions.allowUnconstrained}
 * @throws BionoirError UNDER_CONSTRAINED naming the values and their lines
 */
export function checkConstrained(circuit: SetupSubject, allowed: readonly string[] = []): void {
  const nameOf = noirNames(circuit);
  assertConstrained(circuit.lowered.unconstrained, { allowed, nameOf });
}

/**
 * Names the private parameters that bear on nothing public, part by part ("image[0][27]"): the proof says nothing about
 * them. That is no hole, but seldom meant in a program written by hand.
 */
export function unusedInputs(circuit: SetupSubject): readonly string[] {
  const { unusedParameters, isolatedParameters } = circuit.lowered.unconstrained;
  const nameOf = noirNames(circuit);
  return [...unusedParameters, ...isolatedParameters]
    .sort((left, right) => left - right)
    .map(witness => nameOf(witness) ?? `main.w${witness}`);
}

function noirNames({ artifact, program }: SetupSubject): (witness: number) => string | undefined {
  const main = program?.functions[0];
  return artifact && main ? witnessNames(artifact.abi as Abi, main) : () => undefined; // decoded before, hence checked
}

/** A solved and checked witness. */
export interface Witness {
  /** All wire values, wire 0 (one) first. In a system with rounds those of round 1; challenges and later wires are 0. */
  readonly wires: readonly bigint[];
  readonly publicSignals: readonly bigint[];
  /** Present in a system with rounds that the reference machine has solved: all wires, once the challenges are known. */
  readonly finish?: (challenges: readonly bigint[]) => readonly bigint[];
  /** Of an engine of the kernel: `wires` as the kernel takes them, 32 bytes each. */
  readonly encoded?: Uint8Array;
  /** Of an engine of the kernel: what `finish` is of the reference machine. */
  readonly finishEncoded?: (challenges: readonly bigint[]) => Promise<Uint8Array>;
  /** The witnesses of every call, where `keepStack` asked for them. */
  readonly stack?: WitnessStack;
  /** What solved it: the kernel's description, or 'reference', with the reason where a kernel was to do it. */
  readonly engine?: string;
}

/** A witness of a network, with what the network said. */
export interface NetworkWitness extends Witness {
  /** The integer network's outputs, and the same as reals. */
  readonly outputs: readonly IntTensor[];
  readonly realOutputs: readonly { readonly data: ArrayLike<number> }[];
  /** Of an application: its claim as integers, with the salt that opens the commitment to the input. */
  readonly claim?: ResolvedClaim;
}

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
 * @param sample for each input of the network, its values row-major.
 * @throws BionoirError INPUT_SHAPE, INPUT_RANGE, BOUND_EXCEEDED, EXECUTION_FAILED, UNSATISFIED_CONSTRAINT; of an
 *   application FALSE_CLAIM when what is claimed is not so, MALFORMED_INPUT when the claim lacks something
 */
export function solve(
  network: ProvableNetwork,
  sample: Sample,
  options: SolveOptions = {},
): Promise<NetworkWitness> {
  return run('witness', options, async () => {
    const inputs = quantizeInput(network.quantGraph, sample, options.unit);
    const outputs = evaluateQuantGraph(network.quantGraph, inputs);
    const claim = claimFor(network, outputs, options.claim);
    const program = {
      ...options.values,
      ...(claim ? claimInputs(claim) : {}),
      ...proverInputs(network.quantGraph, inputs),
    };
    const witness = await solveChecked(network, program, options);
    const told = { outputs, realOutputs: dequantizeOutput(network.quantGraph, outputs) };
    return Object.assign(witness, told, claim ? { claim } : {}); // not spread: wires are decoded when asked for
  });
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
 * Executes any Noir program on its inputs, solves every wire and checks every constraint.
 *
 * @throws BionoirError MALFORMED_INPUT, EXECUTION_FAILED, UNSATISFIED_CONSTRAINT
 */
export function solveProgram(
  circuit: Circuit,
  inputs: ProgramInputs,
  options: SolveProgramOptions = {},
): Promise<Witness> {
  return run('witness', options, () => solveChecked(circuit, inputs, options));
}

async function solveChecked(
  circuit: Circuit,
  inputs: ProgramInputs,
  options: SolveProgramOptions,
): Promise<Witness> {
  const { kernel, signal, keepStack = false, onPrint, onForeignCall } = options;
  const watched = signal === undefined ? {} : { signal };
  const found = kernel && (await solveOnEngine(circuit, inputs, { kernel, keepStack, ...watched }));
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

/** Wires are decoded when somebody asks for them: proving takes the bytes. */
function lazyWitness(
  { encoded, publicSignals, finishEncoded, stack }: EngineWitness,
  engine: string,
): Witness {
  let wires: readonly bigint[] | undefined;
  return {
    get wires() {
      wires ??= decodeWires(encoded);
      return wires;
    },
    publicSignals,
    encoded,
    engine,
    ...(finishEncoded === undefined ? {} : { finishEncoded }),
    ...(stack === undefined ? {} : { stack }),
  };
}

/**
 * Checks a solved witness. The lookups of a system with rounds are checked for a challenge drawn here: whatever round 1
 * leaves wrong fails for it as for the one of the proof, but for a chance of one in 2^200.
 */
export function checkedWitness(
  system: ConstraintSystem,
  { wires, challengeCount, finish }: RoundOne,
): Witness {
  const publicSignals = wires.slice(1, system.publicCount + 1);
  assertSatisfied(system, finish(Array.from({ length: challengeCount }, randomScalar)));
  return system.rounds === undefined ? { wires, publicSignals } : { wires, publicSignals, finish };
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
  return run('execute', options, () => {
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
  return run('witness', options, () => checkedWitness(system, solveRounds(recipe, stack)));
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

/**
 * Proves with a solved witness. The kernel's loaded key serves many proofs; release it when done.
 *
 * @throws BionoirError KEY_MISMATCH, ABORTED, KERNEL_FAILED
 */
export function prove(
  kernel: Kernel,
  key: LoadedProvingKey,
  witness: Witness,
  options: StageOptions = {},
): Promise<ProofResult> {
  return run('prove', options, onProgress =>
    proveGroth16(kernel, key, witness.encoded ?? witness.wires, {
      onProgress,
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    }),
  );
}

/**
 * True iff the proof is right for these public signals under this key; false for any other well-formed proof.
 *
 * @throws BionoirError MALFORMED_PROOF, MALFORMED_KEY, UNSAFE_KEY, KEY_MISMATCH
 */
export function verify(
  kernel: Kernel,
  key: Groth16VerificationKey,
  statement: { readonly proof: Groth16Points; readonly publicSignals: readonly bigint[] },
  options: StageOptions = {},
): Promise<boolean> {
  return run('verify', options, () => verifyGroth16(kernel, key, statement.publicSignals, statement.proof));
}

/**
 * {@link prove} in two rounds, with a key that `loadUltraGrothKey` has loaded.
 *
 * @throws BionoirError USAGE (a witness for Groth16), and as {@link prove}
 */
export function proveUltraGroth(
  kernel: Kernel,
  key: UltraGrothProvingKey,
  witness: Witness,
  options: StageOptions = {},
): Promise<UltraGrothProofResult> {
  return run('prove', options, onProgress => {
    return ultraGrothProve(kernel, key, twoRoundsOf(witness), {
      onProgress,
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    });
  });
}

function twoRoundsOf(witness: Witness): TwoRoundWitness {
  const { encoded, finishEncoded, finish } = witness;
  if (encoded !== undefined && finishEncoded !== undefined)
    return { roundOne: encoded, finish: finishEncoded };
  if (finish === undefined) {
    throw new BionoirError(
      'USAGE',
      "The witness has one round only; UltraGroth needs one of a circuit with rounds. Lower it with proofSystem 'ultragroth', and solve again.",
    );
  }
  return encodeTwoRounds(witness.wires, finish);
}

/**
 * {@link verify} for UltraGroth.
 *
 * @throws BionoirError MALFORMED_PROOF, MALFORMED_KEY, UNSAFE_KEY, KEY_MISMATCH, MISSING_KERNEL
 */
export function verifyUltraGroth(
  kernel: Kernel,
  key: UltraGrothVerificationKey,
  statement: { readonly proof: UltraGrothPoints; readonly publicSignals: readonly bigint[] },
  options: StageOptions = {},
): Promise<boolean> {
  return run('verify', options, () =>
    ultraGrothVerify(kernel, key, statement.publicSignals, statement.proof),
  );
}

/** Runs one stage: tells the listener, stops between stages when asked to. */
async function run<T>(
  stage: ListenedStage,
  { listener, signal }: StageOptions,
  action: (onProgress: Progress) => T | Promise<T>,
): Promise<T> {
  if (signal?.aborted) {
    throw new BionoirError(
      'ABORTED',
      `Stopped before the stage '${stage}'. Nothing was changed; start again when ready.`,
    );
  }
  listener?.onStart?.(stage);
  const startedAt = performance.now();
  const result = await action((step, fraction) => listener?.onProgress?.(stage, step, fraction));
  listener?.onEnd?.(stage, performance.now() - startedAt);
  return result;
}
