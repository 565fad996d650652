/** Trees of a JSON model: nested nodes {feature, threshold, yes, no} and leaves {value} or {values}. */
import type { DecisionTree } from '../../src/graph/index.ts';
import { join, malformed, numberAt, numbersAt, objectAt, type Place } from './fields.ts';

/** What a tree is read for. */
export interface TreeShape {
  readonly features: number;
  /** How many numbers a leaf holds. */
  readonly outputs: number;
}

interface Columns {
  readonly features: number[];
  readonly thresholds: number[];
  readonly yes: number[];
  readonly no: number[];
  readonly values: number[];
}

/** Reads a tree; `place` writes the numbers of a leaf into the outputs of the ensemble. */
export function readTree(
  root: unknown,
  path: string,
  shape: TreeShape,
  place: (values: readonly number[]) => readonly number[] = values => values,
): DecisionTree {
  const columns: Columns = { features: [], thresholds: [], yes: [], no: [], values: [] };
  const empty = place(new Array<number>(shape.outputs).fill(0));
  const visit = (value: unknown, where: string): number => {
    const node = objectAt(value, where);
    const index = columns.features.length;
    const isLeaf = node.value.feature === undefined;
    columns.features.push(isLeaf ? -1 : featureOf(node, shape.features));
    columns.thresholds.push(isLeaf ? 0 : numberAt(node, 'threshold'));
    columns.yes.push(0);
    columns.no.push(0);
    columns.values.push(...(isLeaf ? place(leafOf(node, shape.outputs)) : empty));
    if (isLeaf) return index;
    columns.yes[index] = visit(node.value.yes, join(where, 'yes'));
    columns.no[index] = visit(node.value.no, join(where, 'no'));
    return index;
  };
  visit(root, path);
  return {
    features: Int32Array.from(columns.features),
    thresholds: Float64Array.from(columns.thresholds),
    yes: Int32Array.from(columns.yes),
    no: Int32Array.from(columns.no),
    values: Float32Array.from(columns.values),
  };
}

function featureOf(node: Place, features: number): number {
  const feature = numberAt(node, 'feature');
  if (Number.isInteger(feature) && feature >= 0 && feature < features) return feature;
  throw malformed(join(node.path, 'feature'), `is ${feature}, not one of 0 to ${features - 1}`);
}

function leafOf(node: Place, outputs: number): number[] {
  if (outputs === 1 && node.value.values === undefined) return [numberAt(node, 'value')];
  return numbersAt(node, 'values', outputs);
}
