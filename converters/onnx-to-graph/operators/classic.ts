/**
 * ONNX-ML (domain ai.onnx.ml): scalers, linear models, trees (support-vectors.ts has the machines of that name), as scikit-learn, XGBoost and
 * LightGBM exporters write them. Inputs are [batch, features] with a batch of 1.
 *
 * Labels are the class numbers that the model lists; where it lists texts, the position in that list.
 */
import { elementCount, type Op } from '../../../src/graph/index.ts';
import {
  floatAttribute,
  floatsAttribute,
  intAttribute,
  intsAttribute,
  stringAttribute,
} from '../attributes.ts';
import {
  type Call,
  constant,
  emit,
  malformedNode,
  type OperatorImporter,
  operand,
  plainVariable,
  range,
  unsupported,
  type Value,
  type Variable,
  variableOperand,
} from '../context.ts';
import { nodeInOrder, plainNode, reshaped } from '../layout.ts';
import { concatVariables } from '../moves.ts';
import { applyAligned, applyUnary, reciprocalOf, scaleBy } from './elementwise.ts';
import { denseOnLast } from './linear.ts';
import { importReduceMax, importReduceSum } from './normalisation.ts';
import { importGather } from './selecting.ts';
import { type LeafPrefix, leafWeights, readTrees } from './trees.ts';

/** The features as [1, features]. */
export function featuresOf(call: Call): Variable {
  const x = variableOperand(call, 0);
  const count = x.dims.at(-1) ?? 1;
  if (elementCount(x.dims) === count) return reshaped(call, x, [1, count]);
  throw unsupported(
    call,
    `takes ${elementCount(x.dims) / count} samples at once`,
    'A proof is about one: batch 1.',
  );
}

/** (x - offset) * scale. */
export const importScaler: OperatorImporter = call => {
  const x = featuresOf(call);
  const [scale, offset] = [floatsAttribute(call, 'scale') ?? [1], floatsAttribute(call, 'offset') ?? [0]];
  const size = Math.max(scale.length, offset.length);
  const at = (list: readonly number[], i: number): number => list[list.length === 1 ? 0 : i] ?? 0;
  const factors = range(size).map(i => at(scale, i));
  const shifts = range(size).map(i => -at(offset, i) * at(scale, i));
  return [scaleBy(call, x, constant('float32', [1, size], factors), constant('float32', [1, size], shifts))];
};

export const importNormalizer: OperatorImporter = call => {
  const x = featuresOf(call);
  const norm = stringAttribute(call, 'norm', 'MAX');
  if (norm === 'L2') return [applyUnary(call, { kind: 'l2-normalize', epsilon: 0 }, x)];
  if (norm !== 'L1' && norm !== 'MAX')
    throw malformedNode(call, `has the norm '${norm}'; L1, L2 and MAX exist`);
  const size = applyUnary(call, { kind: 'abs' }, x);
  const attributes = new Map([['axes', { name: 'axes', floats: [], ints: [1], strings: [] }]]);
  const reduce = norm === 'L1' ? importReduceSum : importReduceMax;
  const [total] = reduce({ ...call, inputs: [norm === 'L1' ? size : x], attributes });
  if (total?.kind !== 'variable') throw malformedNode(call, 'has a constant norm');
  return [applyAligned(call, { kind: 'multiply' }, [x, reciprocalOf(call, total)])];
};

/** x > threshold. */
export const importBinarizer: OperatorImporter = call => {
  const x = featuresOf(call);
  const threshold = constant('float32', [1, 1], [floatAttribute(call, 'threshold', 0)]);
  const moved = scaleBy(call, x, 1, { ...threshold, data: threshold.data.map(value => -value) });
  const zero = scaleBy(call, x, 0, 0);
  return [applyAligned(call, { kind: 'compare', relation: 'greater' }, [moved, zero])];
};

/** Numbers have no gaps in a circuit: nothing is imputed. */
export const importImputer: OperatorImporter = call => [operand(call, 0)];

export const importFeatureVectorizer: OperatorImporter = call => {
  const parts = call.inputs.map((_, i) => featuresOf({ ...call, inputs: [call.inputs[i]] }));
  return [concatVariables(call, parts, 1)];
};

/** Elements of the last axis at given positions; of a constant list at variable positions: a lookup. */
export const importArrayFeatureExtractor: OperatorImporter = call => {
  const [x, positions] = [operand(call, 0), operand(call, 1)];
  if (positions.kind === 'constant') {
    const axis = { name: 'axis', int: x.dims.length - 1, floats: [], ints: [], strings: [] };
    const flat = { ...positions, dims: [positions.data.length] };
    return importGather({ ...call, attributes: new Map([['axis', axis]]), inputs: [x, flat] });
  }
  const list = x.kind === 'constant' ? { ...x, dims: [x.data.length] } : x;
  return importGather({ ...call, attributes: new Map(), inputs: [list, positions] });
};

/** Scores and a dictionary of scores hold the same numbers. */
export const importZipMap: OperatorImporter = call => [operand(call, 0)];

/** A dense layer of coefficients [outputs, features]. */
export function linearScores(
  call: Call,
  x: Variable,
  coefficients: readonly number[],
  intercepts: readonly number[],
): Variable {
  const inputs = x.dims[1] ?? 1;
  const units = coefficients.length / inputs;
  if (!Number.isInteger(units) || units < 1) {
    throw malformedNode(call, `has ${coefficients.length} coefficients for ${inputs} features`);
  }
  const weights = new Float32Array(inputs * units).map(
    (_, i) => coefficients[(i % units) * inputs + Math.floor(i / units)] ?? 0,
  );
  const bias = Float32Array.from(range(units), i => intercepts[i] ?? 0);
  return denseOnLast(call, x, { inputs, units, weights, bias });
}

export const importLinearRegressor: OperatorImporter = call => {
  const x = featuresOf(call);
  const scores = linearScores(
    call,
    x,
    floatsAttribute(call, 'coefficients') ?? [],
    floatsAttribute(call, 'intercepts') ?? [],
  );
  return [transformScores(call, scores)];
};

export const importLinearClassifier: OperatorImporter = call => {
  const x = featuresOf(call);
  const raw = linearScores(
    call,
    x,
    floatsAttribute(call, 'coefficients') ?? [],
    floatsAttribute(call, 'intercepts') ?? [],
  );
  return classify(call, raw, { isProbability: false });
};

/** What becomes of scores at the end. */
export function transformScores(call: Call, scores: Variable): Variable {
  const transform = stringAttribute(call, 'post_transform', 'NONE');
  if (transform === 'NONE') return scores;
  if (transform === 'LOGISTIC') return applyUnary(call, { kind: 'function', name: 'sigmoid' }, scores);
  if (transform === 'SOFTMAX') {
    const node = nodeInOrder(call, scores, range(scores.dims.length), [scores.dims.at(-1) ?? 1]);
    return {
      ...scores,
      order: range(scores.dims.length),
      node: emit(call.importer, call.name, { kind: 'softmax' }, [node]),
    };
  }
  throw unsupported(call, `has the post_transform ${transform}`, 'NONE, LOGISTIC and SOFTMAX are imported.');
}

/** Scores of two classes from the one score of the second, as ONNX Runtime completes them. */
function completeScores(call: Call, score: Variable, isProbability: boolean): Variable {
  const [weights, bias] = isProbability
    ? [
        [-1, 1],
        [1, 0],
      ]
    : [
        [-1, 1],
        [0, 0],
      ];
  return denseOnLast(call, score, {
    inputs: 1,
    units: 2,
    weights: Float32Array.from(weights ?? []),
    bias: Float32Array.from(bias ?? []),
  });
}

/** Label and scores of a classifier. The label follows from the scores before any transformation, which keeps order. */
export function classify(
  call: Call,
  raw: Variable,
  { isProbability }: { readonly isProbability: boolean },
): Value[] {
  const isSingle = raw.dims.at(-1) === 1;
  const isPlain = stringAttribute(call, 'post_transform', 'NONE') === 'NONE';
  const scores = isSingle ? completeScores(call, raw, isProbability) : raw;
  // A logistic of the second class's score s belongs to a logistic of -s, whatever the label is decided by.
  const shown = isSingle && isProbability && !isPlain ? completeScores(call, raw, false) : scores;
  const transformed = call.usedOutputs[1] ? transformScores(call, shown) : shown;
  return call.usedOutputs[0] ? [labelOf(call, scores), transformed] : [transformed, transformed];
}

/** The class with the largest score; the first of equals. */
function labelOf(call: Call, scores: Variable): Variable {
  const vector = plainNode(call, scores, [scores.dims.at(-1) ?? 1]);
  const label = emit(call.importer, `${call.name}_label`, { kind: 'argmax' }, [vector]);
  const classes = intsAttribute(call, 'classlabels_ints') ?? intsAttribute(call, 'classlabels_int64s') ?? [];
  const isPlain = classes.every((number, i) => number === i);
  const node = isPlain ? label : lookUp(call, label, classes);
  call.importer.labels.add(node);
  return plainVariable('int64', [1], node);
}

function lookUp(call: Call, label: string, classes: readonly number[]): string {
  const table = Float32Array.from(classes);
  const index = emit(call.importer, `${call.name}_index`, { kind: 'reshape', shape: [1] }, [label]);
  const row = emit(call.importer, `${call.name}_class`, { kind: 'embedding', size: 1, table }, [index]);
  return emit(call.importer, `${call.name}_number`, { kind: 'reshape', shape: [] }, [row]);
}

function ensemble(
  call: Call,
  prefix: LeafPrefix,
  outputs: number,
  outputOf: (id: number) => number,
): Variable {
  const x = featuresOf(call);
  const trees = readTrees(call, prefix, outputs, outputOf);
  const features = x.dims[1] ?? 1;
  if (trees.some(tree => tree.features.some(feature => feature >= features))) {
    throw malformedNode(call, `tests a feature beyond the ${features} that it gets`);
  }
  const given = floatsAttribute(call, 'base_values') ?? [];
  const base = new Float32Array(outputs).map((_, i) => given[i] ?? 0);
  const aggregate = stringAttribute(call, 'aggregate_function', 'SUM');
  if (aggregate !== 'SUM' && aggregate !== 'AVERAGE') {
    throw unsupported(call, `aggregates by ${aggregate}`, 'SUM and AVERAGE are imported.');
  }
  const isMean = aggregate === 'AVERAGE';
  const op: Op = { kind: 'tree-ensemble', outputs, trees, base: isMean ? new Float32Array(outputs) : base };
  const node = emit(call.importer, call.name, op, [plainNode(call, x, [features])]);
  const sum = plainVariable('float32', [1, outputs], node);
  return isMean ? scaleBy(call, sum, 1 / trees.length, constant('float32', [1, outputs], base)) : sum;
}

export const importTreeRegressor: OperatorImporter = call => {
  const outputs = intAttribute(call, 'n_targets', 1);
  return [
    transformScores(
      call,
      ensemble(call, 'target', outputs, id => id),
    ),
  ];
};

export const importTreeClassifier: OperatorImporter = call => {
  const ids = [...new Set(intsAttribute(call, 'class_ids') ?? [])];
  const classes = classCount(call, ids);
  const isSingle = classes === 2 && ids.length === 1;
  const raw = isSingle ? ensemble(call, 'class', 1, () => 0) : ensemble(call, 'class', classes, id => id);
  // Leaves that are all positive hold probabilities of the second class; others hold scores around 0.
  const isProbability = leafWeights(call, 'class').every(weight => weight >= 0);
  const base = floatsAttribute(call, 'base_values')?.length ?? 0;
  if (isSingle && base > 1)
    throw unsupported(call, `has ${base} base values for one score`, 'One is imported.');
  return classify(call, raw, { isProbability });
};

function classCount(call: Call, ids: readonly number[]): number {
  const ints = intsAttribute(call, 'classlabels_int64s')?.length ?? 0;
  const texts = call.attributes.get('classlabels_strings')?.strings.length ?? 0;
  return Math.max(ints, texts, ...ids.map(id => id + 1));
}
