/**
 * Checks that the shape rules of all operators share: each throws SHAPE_MISMATCH naming the node, the problem, the remedy.
 */
import { BionoirError } from '../errors.ts';
import { formatShape } from './shape-text.ts';
import type { Shape } from './types.ts';

/** The node whose shape is being inferred. */
export interface ShapeContext {
  readonly where: string;
  readonly shapes: readonly Shape[];
}

/** Makes the error of operands, weights or options that do not fit together. */
export function mismatch(context: ShapeContext, problem: string, remedy: string): BionoirError {
  return new BionoirError('SHAPE_MISMATCH', `Node '${context.where}' ${problem}; ${remedy}.`, {
    details: { node: context.where, inputShapes: context.shapes },
    location: `node '${context.where}'`,
  });
}

/** Tells whether a value can count something that must exist. */
export function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 1;
}

/**
 * Demands positive whole dimensions, and returns the shape.
 *
 * @throws SHAPE_MISMATCH
 */
export function checkDimensions(context: ShapeContext, shape: Shape): Shape {
  if (shape.every(isCount)) return shape;
  throw mismatch(
    context,
    `has shape [${shape.join(', ')}]`,
    'every dimension must be a positive whole number',
  );
}

/**
 * Demands a rank, given as text and as whether it fits, and returns the shape.
 *
 * @throws SHAPE_MISMATCH
 */
export function checkRank(context: ShapeContext, shape: Shape, expected: string, fits: boolean): Shape {
  if (fits) return shape;
  throw mismatch(context, `is given a tensor of shape ${formatShape(shape)}`, `it takes ${expected}`);
}

/**
 * Demands a number of weights.
 *
 * @throws SHAPE_MISMATCH
 */
export function checkLength(context: ShapeContext, what: string, actual: number, expected: number): void {
  if (actual === expected) return;
  throw mismatch(context, `has ${actual} ${what}`, `its shapes ask for ${expected}`);
}

/**
 * Demands positive whole numbers.
 *
 * @throws SHAPE_MISMATCH
 */
export function checkCounts(context: ShapeContext, what: string, values: readonly number[]): void {
  if (values.every(isCount)) return;
  throw mismatch(context, `has ${what} [${values.join(', ')}]`, 'they must be positive whole numbers');
}

/**
 * Demands one shape of all operands, and returns it.
 *
 * @throws SHAPE_MISMATCH
 */
export function checkOneShape(context: ShapeContext): Shape {
  const [x = []] = context.shapes;
  const isOne = context.shapes.every(shape => shape.length === x.length && shape.every((n, i) => n === x[i]));
  if (isOne) return x;
  const shapes = context.shapes.map(formatShape).join(', ');
  throw mismatch(context, `combines tensors of shapes ${shapes}`, 'all operands must have one shape');
}
