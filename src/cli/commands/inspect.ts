/** `bionoir inspect | fidelity`: what a model is, what it will cost, and what integers do to it. */
import type { Command } from 'commander';
import {
  BionoirError,
  estimateLayers,
  importNetwork,
  measureFidelity,
  planApplication,
  printFidelityReport,
  printGraph,
  printQuantGraph,
  printSearchReport,
  quantize,
  quantizeFor,
  searchFidelity,
  weightCount,
} from '../../index.ts';
import type { Context } from '../context.ts';
import { writeWhole } from '../files.ts';
import { MODEL_HELP, readDataSet, readModel } from '../inputs.ts';
import { addModelOptions, addSearchOptions, type ModelOptions, toCompileOptions } from '../options.ts';
import { formatCount } from '../reporter.ts';
import { tellSearch } from '../tell.ts';

export function addInspect(program: Command, contextOf: () => Context): void {
  addModelOptions(program.command('inspect'))
    .argument('<model>', MODEL_HELP)
    .description('list any model: operators, shapes, parameters; its integers, and the constraints to expect')
    .action((model: string, options: ModelOptions) => inspect(contextOf(), model, options));
  addSearchOptions(addModelOptions(program.command('fidelity')))
    .argument('<model>', MODEL_HELP)
    .description('compare the float network with the integer one on a data set')
    .option('--report <page.html>', 'writes a page: accuracy against constraints, layers, errors, widths')
    .action((model: string, options: FidelityOptions) => fidelity(contextOf(), model, options));
}

/** The model as it was read and simplified, always; then its integers, if the network can be quantised. */
async function inspect({ reporter }: Context, modelPath: string, options: ModelOptions): Promise<void> {
  const compileOptions = toCompileOptions(options);
  const { graph, application } = importNetwork(await readModel(modelPath), compileOptions);
  reporter.stage('Graph');
  reporter.block(printGraph(graph), 'nodes', nodesOf(graph));
  const parameters = graph.nodes.reduce((sum, { op }) => sum + weightCount(op), 0);
  reporter.fact('operators', graph.nodes.length);
  reporter.fact('parameters', parameters, formatCount(parameters));
  reporter.stage('Integers');
  try {
    const quantGraph = quantize(graph, compileOptions.quantize);
    const stated = application ? { application: planApplication(quantGraph, application) } : {};
    const { total } = estimateLayers({ quantGraph, ...stated }).groth16;
    reporter.block(printQuantGraph(quantGraph), 'listing', printQuantGraph(quantGraph));
    reporter.fact('constraints, estimated', total, formatCount(total));
  } catch (error) {
    // the listing above is what was asked for; that there is no proof of this network is a fact about it
    if (!(error instanceof BionoirError)) throw error;
    reporter.fact('not provable', error.code, `${error.code}: ${error.message}`);
  }
}

/** The listing for programs: what each node is, its shape and parameters, and what it reads. */
function nodesOf(graph: ReturnType<typeof importNetwork>['graph']): unknown[] {
  return graph.nodes.map(({ name, op, inputs, shape }) => ({
    name,
    operator: op.kind,
    inputs: inputs.map(id => graph.nodes[id]?.name),
    shape,
    parameters: weightCount(op),
  }));
}

interface FidelityOptions extends ModelOptions {
  readonly report?: string;
}

/** With a target or a page to write, choices of bits are tried; else the network is compared as it is. */
async function fidelity(context: Context, modelPath: string, options: FidelityOptions): Promise<void> {
  const { reporter } = context;
  if (options.data === undefined)
    throw new BionoirError(
      'USAGE',
      'The fidelity of a network is measured on data that it was not trained on. Give it with --data.',
    );
  const compileOptions = toCompileOptions(options);
  const { graph, application } = importNetwork(await readModel(modelPath), compileOptions);
  const data = readDataSet(options.data);
  const isSearch = compileOptions.fidelity !== undefined || options.report !== undefined;
  reporter.stage('Fidelity');
  const searched = isSearch
    ? await searchFidelity(graph, compileOptions.fidelity ?? data, {
        ...compileOptions,
        ...(application === undefined ? {} : { application }),
        onProgress: (step, fraction) => reporter.progress(step, fraction),
        signal: context.signal,
      })
    : undefined;
  const quantGraph = searched?.quantGraph ?? quantizeFor(graph, compileOptions);
  const report = measureFidelity(graph, quantGraph, data.samples, data.labels);
  reporter.block(printFidelityReport(report), 'report', report);
  if (searched !== undefined) tellSearch(context, searched.fidelity);
  if (searched !== undefined && options.report !== undefined) {
    writeWhole(options.report, printSearchReport(searched.fidelity));
    reporter.fact('page', options.report);
  }
}
