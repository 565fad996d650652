/** Inputs and witnesses of a program: Prover.toml, JSON, witness files of nargo and of snarkjs. */
import { basename, extname, join } from 'node:path';
import { type Command, Option } from 'commander';
import {
  BionoirError,
  checkWires,
  type Execution,
  execute,
  type Kernel,
  type NetworkWitness,
  type NoirArtifact,
  type ProgramInputs,
  type ProvableNetwork,
  parseProverToml,
  type ReadyNetwork,
  readImageParameter,
  readWitnessStack,
  readWtns,
  solve,
  solveProgram,
  solveStack,
  type Witness,
  writeWitnessStack,
} from '../index.ts';
import { addClaimOptions, type ClaimFlags, claimOf, refuseClaim } from './application-options.ts';
import type { PlacedCircuit } from './circuits.ts';
import { type Context, listenerFor } from './context.ts';
import { readBytes, readJson, readText, writeWhole } from './files.ts';
import { readInput } from './inputs.ts';
import { parseAssignment, setOption } from './options.ts';
import type { Place } from './place.ts';
import { readProject } from './project.ts';
import type { PlacedReady } from './ready.ts';

/** Where inputs come from. */
export interface InputOptions extends ClaimFlags {
  readonly input?: string;
  readonly proverName: string;
  readonly set: Readonly<Record<string, string>>;
  readonly image: Readonly<Record<string, string>>;
  readonly imageResize?: 'crop' | 'stretch';
  readonly imageGrayscale?: true;
  readonly witness?: string;
}

/** Adds the options of commands that execute. */
export function addInputOptions(command: Command): Command {
  return addClaimOptions(command)
    .option(
      '-i, --input <file>',
      'inputs: of a network a picture or a JSON array of numbers; of a program .toml or .json by parameter (default: Prover.toml)',
    )
    .option('--prover-name <name>', "name of the package's input file, without .toml", 'Prover')
    .addOption(setOption())
    .addOption(
      new Option(
        '--image <name=file>',
        'PNG or JPEG as the value of a parameter such as [[[u8; 3]; 64]; 48]; may be repeated',
      )
        .argParser(parseAssignment)
        .default({}, 'none'),
    )
    .addOption(new Option('--image-resize <how>', 'fit such pictures').choices(['crop', 'stretch']))
    .option('--image-grayscale', 'turn such pictures grey');
}

/** A witness that was solved before. */
export function witnessOption(): Option {
  return new Option(
    '--witness <file>',
    'a solved witness instead of inputs: .gz of nargo or noir_js, or .wtns',
  );
}

/**
 * Reads a program's inputs.
 *
 * @throws BionoirError FILE_NOT_FOUND, MALFORMED_INPUT with the part of the input and the line of the file
 */
export function readProgramInputs(
  place: Place,
  artifact: NoirArtifact,
  options: InputOptions,
): ProgramInputs {
  refuseClaim(options, place.title);
  const folder = place.nargoPackage?.folder;
  if (options.input === undefined && folder === undefined) {
    throw new BionoirError(
      'USAGE',
      `${place.title} has no Prover.toml beside it. Give its inputs with --input file.toml or file.json, or a solved --witness.`,
    );
  }
  const path = options.input ?? join(folder ?? '', `${options.proverName}.toml`);
  const values = { ...options.set, ...readPictures(artifact, options) };
  if (extname(path) === '.json') return { ...(readJson(path, 'inputs') as ProgramInputs), ...values }; // checked by execute
  const text = readText(path, 'inputs');
  return parseProverToml(text, artifact.abi.parameters, { file: basename(path), values });
}

/** The parameters that --image names. */
function readPictures(
  artifact: NoirArtifact,
  { image, imageResize, imageGrayscale }: InputOptions,
): Record<string, Uint8Array> {
  const fitted = {
    ...(imageResize ? { resize: imageResize } : {}),
    ...(imageGrayscale ? { grayscale: true } : {}),
  };
  return Object.fromEntries(
    Object.entries(image).map(([name, path]) => {
      const bytes = readBytes(path, 'picture');
      return [name, readImageParameter(artifact, name, { bytes, options: fitted })];
    }),
  );
}

interface ExecutionJob {
  readonly place: Place;
  readonly artifact: NoirArtifact;
  /** The decoded artifact, where it is at hand. */
  readonly program?: PlacedCircuit['program'];
  readonly options: InputOptions;
  /** Where the witness goes, if not to the place's own file. */
  readonly file?: string;
}

/** Executes a program on its inputs and writes the witness stack; printed text goes to the terminal. */
export async function executeProgram(
  context: Context,
  { place, artifact, program, options, file }: ExecutionJob,
): Promise<Execution> {
  const inputs = readProgramInputs(place, artifact, options);
  const execution = await execute(artifact, inputs, {
    listener: listenerFor(context),
    signal: context.signal,
    ...(program === undefined ? {} : { program }),
    onPrint: text => context.reporter.block(text.replace(/\n$/, '')),
  });
  const path = file ?? place.file('witnessStack');
  writeWhole(path, writeWitnessStack(execution.stack));
  context.reporter.fact('witness', path);
  return execution;
}

interface SolvingJob {
  readonly circuit: PlacedCircuit | PlacedReady;
  readonly options: InputOptions;
  /** Whose witness engine solves. */
  readonly kernel: Kernel;
}

/** Solves every wire of a program or a network: from a witness file, or from inputs. */
export async function solvePlaced(
  context: Context,
  place: Place,
  { circuit, options, kernel }: SolvingJob,
): Promise<Witness | NetworkWitness> {
  const stage = { listener: listenerFor(context), signal: context.signal, kernel };
  if (options.witness !== undefined && 'lowered' in circuit)
    return readWitness(circuit, options.witness, stage);
  if (circuit.quantGraph)
    return solveNetwork(place, circuit as ProvableNetwork | ReadyNetwork, { ...options, stage });
  const witness = await solveProgram(circuit, readProgramInputs(place, circuit.artifact, options), {
    ...stage,
    keepStack: true,
    onPrint: text => context.reporter.block(text.replace(/\n$/, '')),
  });
  const path = place.file('witnessStack');
  writeWhole(path, writeWitnessStack(witness.stack ?? []));
  context.reporter.fact('witness', path);
  return witness;
}

type StageOptions = NonNullable<Parameters<typeof solveStack>[2]> & { readonly kernel: Kernel };

function readWitness(circuit: PlacedCircuit, path: string, stage: StageOptions): Promise<Witness> | Witness {
  const bytes = readBytes(path, 'witness');
  if (extname(path) !== '.wtns') return solveStack(circuit, readWitnessStack(bytes), stage);
  return checkWires(circuit, readWtns(bytes, { prime: circuit.lowered.system.prime }).wires);
}

function solveNetwork(
  place: Place,
  network: ProvableNetwork | ReadyNetwork,
  options: InputOptions & { readonly stage: StageOptions },
): Promise<NetworkWitness> {
  if (options.input !== undefined) {
    const sample = readInput(options.input, readProject(place))(network);
    const claim = claimOf(options, network.application);
    return solve(network, sample, { ...options.stage, claim, values: options.set });
  }
  throw new BionoirError(
    'USAGE',
    "The network needs a private input: required option '-i, --input <file>', a picture or a JSON array of numbers.",
  );
}
