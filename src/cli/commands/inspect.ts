/** `bionoir inspect | fidelity`: what a model is, what it will cost, and what integers do to it. */
import type { Command } from 'commander';
import {
  constraintEstimate,
  importModel,
  measureFidelity,
  printFidelityReport,
  printGraph,
  printQuantGraph,
  quantize,
} from '../../index.ts';
import type { Context } from '../context.ts';
import { MODEL_HELP, readDataSet, readModel } from '../inputs.ts';
import { addModelOptions, type ModelOptions, toCompileOptions } from '../options.ts';
import { formatCount } from '../reporter.ts';

export function addInspect(program: Command, contextOf: () => Context): void {
  addModelOptions(program.command('inspect'))
    .argument('<model>', MODEL_HELP)
    .description('list the graph, its integers and the constraints to expect')
    .action((model: string, options: ModelOptions) => inspect(contextOf(), model, options));
  addModelOptions(program.command('fidelity'))
    .argument('<model>', MODEL_HELP)
    .description('compare the float network with the integer one on a data set')
    .requiredOption('-d, --data <data.json>', '{"samples": [...], "labels": [...]}')
    .action((model: string, options: ModelOptions & { data: string }) =>
      fidelity(contextOf(), model, options),
    );
}

async function inspect({ reporter }: Context, modelPath: string, options: ModelOptions): Promise<void> {
  const compileOptions = toCompileOptions(options);
  const graph = importModel(await readModel(modelPath), compileOptions);
  const quantGraph = quantize(graph, compileOptions.quantize);
  const { total } = constraintEstimate(quantGraph);
  reporter.stage('Graph');
  reporter.block(printGraph(graph), 'listing', printGraph(graph));
  reporter.stage('Integers');
  reporter.block(printQuantGraph(quantGraph), 'listing', printQuantGraph(quantGraph));
  reporter.fact('constraints, estimated', total, formatCount(total));
}

async function fidelity(
  { reporter }: Context,
  modelPath: string,
  options: ModelOptions & { data: string },
): Promise<void> {
  const compileOptions = toCompileOptions(options);
  const graph = importModel(await readModel(modelPath), compileOptions);
  const { samples, labels } = readDataSet(options.data);
  const report = measureFidelity(graph, quantize(graph, compileOptions.quantize), samples, labels);
  reporter.stage('Fidelity');
  reporter.block(printFidelityReport(report), 'report', report);
}
