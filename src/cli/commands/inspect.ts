/** `bionoir inspect | fidelity`: what a model is, what it will cost, and what integers do to it. */
import type { Command } from 'commander';
import {
  BionoirError,
  constraintEstimate,
  importModel,
  measureFidelity,
  printFidelityReport,
  printGraph,
  printQuantGraph,
  quantize,
  weightCount,
} from '../../index.ts';
import type { Context } from '../context.ts';
import { MODEL_HELP, readDataSet, readModel } from '../inputs.ts';
import { addModelOptions, type ModelOptions, toCompileOptions } from '../options.ts';
import { formatCount } from '../reporter.ts';

export function addInspect(program: Command, contextOf: () => Context): void {
  addModelOptions(program.command('inspect'))
    .argument('<model>', MODEL_HELP)
    .description('list any model: operators, shapes, parameters; its integers, and the constraints to expect')
    .action((model: string, options: ModelOptions) => inspect(contextOf(), model, options));
  addModelOptions(program.command('fidelity'))
    .argument('<model>', MODEL_HELP)
    .description('compare the float network with the integer one on a data set')
    .requiredOption('-d, --data <data.json>', '{"samples": [...], "labels": [...]}')
    .action((model: string, options: ModelOptions & { data: string }) =>
      fidelity(contextOf(), model, options),
    );
}

/** The model as it was read and simplified, always; then its integers, if the network can be quantised. */
async function inspect({ reporter }: Context, modelPath: string, options: ModelOptions): Promise<void> {
  const compileOptions = toCompileOptions(options);
  const graph = importModel(await readModel(modelPath), compileOptions);
  reporter.stage('Graph');
  reporter.block(printGraph(graph), 'nodes', nodesOf(graph));
  const parameters = graph.nodes.reduce((sum, { op }) => sum + weightCount(op), 0);
  reporter.fact('operators', graph.nodes.length);
  reporter.fact('parameters', parameters, formatCount(parameters));
  reporter.stage('Integers');
  try {
    const quantGraph = quantize(graph, compileOptions.quantize);
    const { total } = constraintEstimate(quantGraph);
    reporter.block(printQuantGraph(quantGraph), 'listing', printQuantGraph(quantGraph));
    reporter.fact('constraints, estimated', total, formatCount(total));
  } catch (error) {
    // the listing above is what was asked for; that there is no proof of this network is a fact about it
    if (!(error instanceof BionoirError)) throw error;
    reporter.fact('not provable', error.code, `${error.code}: ${error.message}`);
  }
}

/** The listing for programs: what each node is, its shape and parameters, and what it reads. */
function nodesOf(graph: ReturnType<typeof importModel>): unknown[] {
  return graph.nodes.map(({ name, op, inputs, shape }) => ({
    name,
    operator: op.kind,
    inputs: inputs.map(id => graph.nodes[id]?.name),
    shape,
    parameters: weightCount(op),
  }));
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
