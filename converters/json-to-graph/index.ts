/**
 * Models of classic machine learning, written as plain JSON, to float graphs: PCA, LDA, linear and logistic regression,
 * support vector machines, k-means and k-NN, naive Bayes, perceptrons, trees and their forests. docs/classic-ml.md describes the format.
 *
 * It reads what a fitting library found; it does not fit.
 */
import { buildGraph, type Graph, type InputDomain, type NodeSpec } from '../../src/graph/index.ts';
import { choiceAt, join, listAt, malformed, numberAt, objectAt, type Place } from './fields.ts';
import type { StepResult } from './machines.ts';
import { readStep } from './steps.ts';

/** The value of the field `format`. */
export const CLASSIC_FORMAT = 'bionoir-classic';
const VERSION = 1;

/** How to end the graph. */
export interface JsonToGraphOptions {
  /** 'label': the class, the cluster; 'scores': what the last step gives. The file's own wish when left out. */
  readonly output?: 'label' | 'scores';
  /** The graph's name where the file has none. */
  readonly name?: string;
}

/** Tells whether a JSON value says that it is such a model. */
export function isClassicModel(model: unknown): boolean {
  return typeof model === 'object' && model !== null && 'format' in model && model.format === CLASSIC_FORMAT;
}

/**
 * Reads a model.
 *
 * @param model the parsed JSON document.
 * @throws BionoirError MALFORMED_MODEL, naming the field; UNSUPPORTED_OPTION for a label of what has none.
 */
export function jsonToGraph(model: unknown, options: JsonToGraphOptions = {}): Graph {
  const document = objectAt(model, 'document');
  const place: Place = { value: document.value, path: '' };
  choiceAt(place, 'format', [CLASSIC_FORMAT] as const);
  if (numberAt(place, 'version') !== VERSION) throw malformed('version', `is not ${VERSION}`);
  const input = objectAt(place.value.input, 'input');
  const features = numberAt(input, 'features');
  if (!Number.isInteger(features) || features < 1)
    throw malformed('input.features', 'is no positive whole number');
  const nodes: NodeSpec[] = [
    { name: 'features', op: { kind: 'input', shape: [features], domain: domainOf(input) } },
  ];
  let last: StepResult = { nodes: [], count: features, meaning: 'features' };
  for (const [index, [step, path]] of listAt(place, 'steps').entries()) {
    if (last.meaning !== 'features')
      throw malformed(path, 'follows a step that ends the model: only standardize and pca may be followed');
    const kind = String(objectAt(step, path).value.kind);
    const input = nodes.at(-1)?.name ?? 'features';
    last = readStep(step, path, { count: last.count, name: `${index + 1} ${kind}`, input });
    nodes.push(...last.nodes);
  }
  const wish = choiceAt(
    place,
    'output',
    ['label', 'scores'] as const,
    last.meaning === 'order' ? 'label' : 'scores',
  );
  if ((options.output ?? wish) === 'label' || last.meaning === 'order') nodes.push(...labelNodes(last));
  const name = typeof place.value.name === 'string' ? place.value.name : (options.name ?? 'model');
  return buildGraph({ name, nodes, outputs: [nodes.at(-1)?.name ?? 'features'] });
}

function domainOf(input: Place): InputDomain {
  const [min, max] = [numberAt(input, 'min'), numberAt(input, 'max')];
  if (!Number.isInteger(min) || !Number.isInteger(max) || min >= max)
    throw malformed(join(input.path, 'min'), `and max are ${min} and ${max}, no range of whole numbers`);
  const [scale, offset] = [numberAt(input, 'scale', 1), numberAt(input, 'offset', 0)];
  if (scale === 0) throw malformed(join(input.path, 'scale'), 'is 0');
  return { min, max, scale, offset };
}

/** The index of the largest score; for a single score, whether it is positive: the larger of 0 and the score. */
function labelNodes({ meaning }: StepResult): NodeSpec[] {
  if (meaning === 'scores' || meaning === 'order') return [{ name: 'label', op: { kind: 'argmax' } }];
  if (meaning === 'sign')
    return [
      {
        name: 'two scores',
        op: { kind: 'rearrange', shape: [2], indices: Int32Array.of(-1, 0), label: '0 beside the score' },
      },
      { name: 'label', op: { kind: 'argmax' } },
    ];
  throw malformed('output', 'is "label", but the last step gives numbers that are no scores of classes');
}
