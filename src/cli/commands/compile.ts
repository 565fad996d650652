/** `bionoir compile | recompile`: a model, or a Nargo package, to constraints. */
import type { Command } from 'commander';
import {
  compileNoir,
  compileUntil,
  findPackage,
  lowerArtifact,
  nargo,
  STAGES,
  type Stage,
} from '../../index.ts';
import { projectOf } from '../application-options.ts';
import { noirFolder, readNetwork, writeCircuit, writeCompiled } from '../build-folder.ts';
import { compiledFor, compilePackage, warnOfUnusedInputs } from '../circuits.ts';
import { type Context, compilingOptions } from '../context.ts';
import { assertWritable, exists, isDirectory } from '../files.ts';
import { MODEL_HELP, readModel } from '../inputs.ts';
import { withLock } from '../lock.ts';
import {
  addModelOptions,
  addSearchOptions,
  bareProofSystemOption,
  type ModelOptions,
  requireOneOf,
  toCompileOptions,
  toolchainOption,
} from '../options.ts';
import { buildPlace, findPlace, findPlaces, type Place } from '../place.ts';
import { tellCompiled, tellNetwork, tellSize, warnOfEdits } from '../tell.ts';
import { buildFolderOf } from '../write.ts';

interface CompileCommandOptions extends ModelOptions {
  readonly emit: Stage;
  readonly package?: string;
  /** Whether --proof-system was given: a build folder has one already. */
  readonly isSystemGiven?: boolean;
}

const COMPILE_STAGES = STAGES.slice(0, STAGES.indexOf('lower') + 1);

type RecompileOptions = Pick<ModelOptions, 'toolchain'> & Partial<Pick<ModelOptions, 'proofSystem'>>;

export function addCompile(program: Command, contextOf: () => Context): void {
  addSearchOptions(addModelOptions(program.command('compile')))
    .argument('[source]', `Nargo package (default: the one around here), build folder, or ${MODEL_HELP}`)
    .description('a Nargo package or a model to ACIR and R1CS')
    .option('--package <name>', 'package of the workspace')
    .option('--emit <stage>', `of a model: stop after a stage: ${COMPILE_STAGES.join(', ')}`, 'lower')
    .action((source: string | undefined, options: CompileCommandOptions, command: Command) =>
      compile(contextOf(), source ?? '.', {
        ...options,
        isSystemGiven: command.getOptionValueSource('proofSystem') === 'cli',
      }),
    );
  program
    .command('recompile')
    .argument('<folder>', 'build folder')
    .description('compile and lower the Noir package again, after edits by hand; then set up again')
    .addOption(bareProofSystemOption())
    .addOption(toolchainOption())
    .action((folder: string, options: RecompileOptions) => {
      const [context, place] = [contextOf(), findPlace(folder)];
      return withLock(context, place, () => recompile(context, place, options));
    });
}

async function compile(context: Context, source: string, options: CompileCommandOptions): Promise<void> {
  requireOneOf(options.emit, COMPILE_STAGES, '--emit');
  if (!isModel(source)) {
    for (const place of findPlaces(source, options.package)) {
      await withLock(context, place, () =>
        place.kind === 'build'
          ? recompile(context, place, recompileOptions(options))
          : compileProgram(context, place, options),
      );
    }
    return;
  }
  const stage = compilingOptions(context);
  assertWritable(options.out ?? '.');
  const network = await compileUntil(await readModel(source), options.emit, {
    ...toCompileOptions(options),
    ...stage,
  });
  const folder = buildFolderOf(options.out, network.graph.name);
  const kept = await withLock(context, buildPlace(folder), () =>
    writeCompiled(folder, network, projectOf(options)),
  );
  tellCompiled(context, folder, network);
  warnOfEdits(context, kept);
}

function recompileOptions({
  toolchain,
  proofSystem,
  isSystemGiven,
}: CompileCommandOptions): RecompileOptions {
  return isSystemGiven ? { toolchain, proofSystem } : { toolchain };
}

/** A file is a model, for artifacts are compiled already; a folder is one when it holds model.json. */
function isModel(source: string): boolean {
  return isDirectory(source) ? exists(`${source}/model.json`) && findOwnPackage(source) === undefined : true;
}

function findOwnPackage(folder: string): ReturnType<typeof findPackage> {
  return exists(`${folder}/Nargo.toml`) ? findPackage(folder) : undefined;
}

async function compileProgram(context: Context, place: Place, options: ModelOptions): Promise<void> {
  const artifact = await compilePackage(context, place, options);
  const { proofSystem } = options;
  const stage = compilingOptions(context);
  const circuit = await lowerArtifact(artifact, { ...stage, proofSystem });
  tellSize(context, circuit);
  warnOfUnusedInputs(context, circuit);
}

async function recompile(context: Context, place: Place, options: RecompileOptions): Promise<void> {
  const stage = compilingOptions(context);
  const quantGraph = readNetwork(place);
  const toolchain = options.toolchain === 'nargo' ? { toolchain: nargo() } : {};
  const artifact = await compileNoir(noirFolder(place), { ...stage, ...toolchain });
  const circuit = await lowerArtifact(artifact, {
    ...stage,
    proofSystem: options.proofSystem ?? compiledFor(place),
  });
  writeCircuit(place, circuit);
  context.reporter.stage('Artefacts');
  tellNetwork(context, place, { ...circuit, quantGraph });
}
