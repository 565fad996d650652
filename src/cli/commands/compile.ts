/** `bionoir compile`: a model to constraints, with all listings on the way. */
import type { Command } from 'commander';
import { compileUntil, STAGES, type Stage } from '../../index.ts';
import { writeCompiled } from '../build-folder.ts';
import { type Context, listenerFor } from '../context.ts';
import { readModel } from '../inputs.ts';
import { addModelOptions, type ModelOptions, requireOneOf, toCompileOptions } from '../options.ts';
import { tellCompiled } from '../tell.ts';
import { buildFolderOf } from '../write.ts';

interface CompileCommandOptions extends ModelOptions {
  readonly emit: Stage;
}

const COMPILE_STAGES = STAGES.slice(0, STAGES.indexOf('lower') + 1);

export function addCompile(program: Command, contextOf: () => Context): void {
  addModelOptions(program.command('compile'))
    .argument('<model>', 'model.json of a TensorFlow.js LayersModel, or its folder')
    .description('a model to Noir, ACIR and R1CS')
    .option('--emit <stage>', `stop after a stage: ${COMPILE_STAGES.join(', ')}`, 'lower')
    .action((model: string, options: CompileCommandOptions) => compile(contextOf(), model, options));
}

async function compile(context: Context, modelPath: string, options: CompileCommandOptions): Promise<void> {
  requireOneOf(options.emit, COMPILE_STAGES, '--emit');
  const stage = { listener: listenerFor(context), signal: context.signal };
  const network = await compileUntil(readModel(modelPath), options.emit, {
    ...toCompileOptions(options),
    ...stage,
  });
  const folder = buildFolderOf(options.out, network.graph.name);
  writeCompiled(folder, network);
  tellCompiled(context, folder, network);
}
