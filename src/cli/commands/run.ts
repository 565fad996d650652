/** `bionoir run`: the whole chain, from a model and a private input to a verified proof. */
import type { Command } from 'commander';
import {
  type Claim,
  compileUntil,
  type FileSource,
  type Graph,
  type Kernel,
  type ProvableNetwork,
  STAGES,
  type Stage,
  solve,
} from '../../index.ts';
import { addClaimOptions, type ClaimFlags, claimOf, projectOf } from '../application-options.ts';
import { writeCompiled } from '../build-folder.ts';
import { type Context, compilingOptions, listenerFor, withKernel, withPtau } from '../context.ts';
import { assertWritable } from '../files.ts';
import { type InputFile, MODEL_HELP, readInput, readModel } from '../inputs.ts';
import { withLock } from '../lock.ts';
import {
  addModelOptions,
  addSearchOptions,
  type ModelOptions,
  requireOneOf,
  toCompileOptions,
} from '../options.ts';
import { buildPlace, type Place } from '../place.ts';
import { proveAny, setupAny, verifyAny } from '../proof-systems.ts';
import {
  refuseFalseProof,
  tellCompiled,
  tellFloatOutputs,
  tellKeys,
  tellProof,
  tellStatement,
  tellWitness,
  warnOfEdits,
} from '../tell.ts';
import { buildFolderOf, writeKeys, writeOpening, writeProof, writeWitness } from '../write.ts';

interface RunOptions extends ModelOptions, ClaimFlags {
  readonly input: string;
  readonly emit: Stage;
  readonly ptau?: string;
}

export function addRun(program: Command, contextOf: () => Context): void {
  addClaimOptions(addSearchOptions(addModelOptions(program.command('run'))))
    .argument('<model>', MODEL_HELP)
    .description('the whole chain: model and private input to a verified proof')
    .requiredOption('-i, --input <file>', 'the private input: a picture, or a JSON array of numbers')
    .option('--emit <stage>', `stop after a stage: ${STAGES.join(', ')}`, 'verify')
    .option('--ptau <file>', 'powers of tau; without it a development set-up, never for real value')
    .action((model: string, options: RunOptions) => run(contextOf(), model, options));
}

/** Powers of tau are opened first: a wrong name should not wait for the compiler. */
function run(context: Context, modelPath: string, options: RunOptions): Promise<void> {
  const chain = (ptau?: FileSource): Promise<void> =>
    runChain(context, modelPath, { ...options, powers: ptau });
  return options.ptau === undefined ? chain() : withPtau(options.ptau, chain);
}

async function runChain(
  context: Context,
  modelPath: string,
  options: RunOptions & { readonly powers: FileSource | undefined },
): Promise<void> {
  requireOneOf(options.emit, STAGES, '--emit');
  const project = projectOf(options);
  const input = readInput(options.input, project);
  const stage = compilingOptions(context);
  assertWritable(options.out ?? '.');
  const network = await compileUntil(await readModel(modelPath), options.emit, {
    ...toCompileOptions(options),
    ...stage,
  });
  const folder = buildFolderOf(options.out, network.graph.name);
  const place = buildPlace(folder);
  await withLock(context, place, async () => {
    const kept = writeCompiled(folder, network, project);
    tellCompiled(context, folder, network);
    warnOfEdits(context, kept);
    const { quantGraph, artifact, program, lowered, application } = network;
    if (!quantGraph || !artifact || !program || !lowered || options.emit === 'lower') return;
    const circuit = { quantGraph, artifact, program, lowered, ...(application ? { application } : {}) };
    const claim = claimOf(options, application);
    await withKernel(context, kernel =>
      proveCircuit(
        { context, place, circuit, kernel },
        { graph: network.graph, sample: input(circuit), claim, emit: options.emit, ptau: options.powers },
      ),
    );
  });
}

interface ProofJob {
  readonly context: Context;
  readonly place: Place;
  readonly circuit: ProvableNetwork;
  readonly kernel: Kernel;
}

interface ProofInput {
  readonly graph: Graph;
  readonly sample: ReturnType<InputFile>;
  readonly claim: Claim;
  readonly emit: Stage;
  readonly ptau: FileSource | undefined;
}

async function proveCircuit({ context, place, circuit, kernel }: ProofJob, input: ProofInput): Promise<void> {
  const stage = { listener: listenerFor(context), signal: context.signal };
  const keys = await setupAny(kernel, circuit, {
    ...stage,
    ...(input.ptau === undefined ? {} : { ptau: input.ptau }),
  });
  const files = writeKeys(place, keys);
  tellKeys(context, { keys, files, isDevelopment: input.ptau === undefined });
  if (input.emit === 'setup') return;

  const witness = await solve(circuit, input.sample, { ...stage, claim: input.claim, kernel });
  tellFloatOutputs(context, input.graph, input.sample);
  tellWitness(context, { circuit, witness, file: writeWitness(place, witness) });
  tellStatement(context, circuit, { witness, files: writeOpening(place, circuit, witness) });
  if (input.emit === 'witness') return;

  const result = await proveAny(kernel, keys.provingKey, witness, stage);
  tellProof(context, { result, files: writeProof(place, result) });
  if (input.emit === 'prove') return;

  refuseFalseProof(context, await verifyAny(kernel, keys.verificationKey, result, stage));
}
