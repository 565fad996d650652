/** `bionoir compile`: a model to constraints, with all listings on the way. */
import type { Command } from 'commander';
import {
  compileNoir,
  compileUntil,
  decodeQuantGraph,
  lowerArtifact,
  nargo,
  STAGES,
  type Stage,
} from '../../index.ts';
import { FILES, requireBuild, writeCircuit, writeCompiled } from '../build-folder.ts';
import { type Context, listenerFor } from '../context.ts';
import { readText } from '../files.ts';
import { MODEL_HELP, readModel } from '../inputs.ts';
import {
  addModelOptions,
  type ModelOptions,
  requireOneOf,
  toCompileOptions,
  toolchainOption,
} from '../options.ts';
import { tellCircuit, tellCompiled } from '../tell.ts';
import { buildFolderOf } from '../write.ts';

interface CompileCommandOptions extends ModelOptions {
  readonly emit: Stage;
}

const COMPILE_STAGES = STAGES.slice(0, STAGES.indexOf('lower') + 1);

export function addCompile(program: Command, contextOf: () => Context): void {
  addModelOptions(program.command('compile'))
    .argument('<model>', MODEL_HELP)
    .description('a model to Noir, ACIR and R1CS')
    .option('--emit <stage>', `stop after a stage: ${COMPILE_STAGES.join(', ')}`, 'lower')
    .action((model: string, options: CompileCommandOptions) => compile(contextOf(), model, options));
  program
    .command('recompile')
    .argument('<folder>', 'build folder')
    .description('compile and lower the Noir package again, after edits by hand; then set up again')
    .addOption(toolchainOption())
    .action((folder: string, options: Pick<ModelOptions, 'toolchain'>) =>
      recompile(contextOf(), folder, options),
    );
}

async function compile(context: Context, modelPath: string, options: CompileCommandOptions): Promise<void> {
  requireOneOf(options.emit, COMPILE_STAGES, '--emit');
  const stage = { listener: listenerFor(context), signal: context.signal };
  const network = await compileUntil(await readModel(modelPath), options.emit, {
    ...toCompileOptions(options),
    ...stage,
  });
  const folder = buildFolderOf(options.out, network.graph.name);
  writeCompiled(folder, network);
  tellCompiled(context, folder, network);
}

async function recompile(
  context: Context,
  folder: string,
  options: Pick<ModelOptions, 'toolchain'>,
): Promise<void> {
  const stage = { listener: listenerFor(context), signal: context.signal };
  const network = readText(requireBuild(folder, FILES.network, 'compile'), 'quantised network');
  const toolchain = options.toolchain === 'nargo' ? { toolchain: nargo() } : {};
  const artifact = await compileNoir(requireBuild(folder, FILES.noir, 'compile'), { ...stage, ...toolchain });
  const circuit = await lowerArtifact(artifact, stage);
  writeCircuit(folder, circuit);
  context.reporter.stage('Artefacts');
  tellCircuit(context, folder, { ...circuit, quantGraph: decodeQuantGraph(network) });
}
