/** The first stage: a model of any format as the graph that is quantised, with what an application reads from its end. */
import type { ApplicationOptions } from '../applications/index.ts';
import { type Graph, normalizeInput, type SoftmaxMode, scoreOutput, simplifyGraph } from '../graph/index.ts';
import { type ModelFiles, readModelFiles } from '../models.ts';
import type { CompileOptions, PublicOutput } from './network.ts';

/** Reads a model and brings the graph into the form that is quantised. */
export function importModel(model: ModelFiles, options: CompileOptions = {}): Graph {
  return importNetwork(model, options).graph;
}

/** A graph that is ready for integers, and what is to be stated about it. */
export interface ImportedNetwork {
  readonly graph: Graph;
  /** What was asked for, with what the model's end says of its score. */
  readonly application: ApplicationOptions | undefined;
}

/** {@link importModel}, with the application that fits the graph. */
export function importNetwork(model: ModelFiles, options: CompileOptions = {}): ImportedNetwork {
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
  const { normalization, input, inputs, outputs, inputShapes, constants, imageLayout } = options;
  const graph = readModelFiles(model, {
    softmax,
    ...(input === undefined ? {} : { input }),
    ...(inputs === undefined ? {} : { inputs }),
    ...(outputs === undefined ? {} : { outputs }),
    ...(inputShapes === undefined ? {} : { inputShapes }),
    ...(constants === undefined ? {} : { constants }),
    ...(imageLayout === undefined ? {} : { imageLayout }),
  });
  return normalization === undefined ? graph : normalizeInput(graph, normalization);
}

function outputOf({ output, application }: CompileOptions): PublicOutput {
  return output ?? (application?.kind === 'classification' ? 'label' : 'logits');
}
