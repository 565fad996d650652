/**
 * What the modules of layers are made of: operand names, loops, terms.
 */
import { InternalError } from '../errors.ts';
import type { Shape } from '../quantize/types.ts';
import { activationWrappers } from './activation.ts';
import type { Layer } from './layers.ts';
import { functionText, tensorType, zeros } from './source.ts';

/** What a layer's module consists of, before header and imports. */
export interface ModuleParts {
  readonly functions: readonly string[];
  /** Constants of the weights file; none for layers without weights. */
  readonly weights: readonly string[];
  /** Names of the weights that the functions use. */
  readonly weightNames: readonly string[];
  /** Modules inside the layer's, of layers that are divided; see submodules.ts. */
  readonly submodules?: readonly Submodule[];
}

/** A module with a part of a layer's channels. */
export interface Submodule extends Omit<ModuleParts, 'submodules'> {
  /** What it holds, as an identifier: units_0_to_63. */
  readonly name: string;
}

/** A module of functions only. */
export function withoutWeights(functions: readonly string[]): ModuleParts {
  return { functions, weights: [], weightNames: [] };
}

/** Channels that are read one by one. */
export function elementwise(wrappers: readonly string[]) {
  return {
    channelCount: wrappers.length,
    wrappers,
    weightCount: 0,
    value: (index: string) => `input[${index}]`,
  };
}

/** The size of the last axis. */
export function channelsOf(shape: Shape): number {
  return shape.at(-1) ?? 1;
}

/** The shape of the first operand. */
export function inputShapeOf(layer: Layer): Shape {
  const input = layer.inputs[0];
  if (!input) throw new InternalError(`Layer '${layer.name}' has no input.`);
  return input.shape;
}

/** What happens to each channel's sum: the layer's activation, or nothing. */
export function wrappersOf(layer: Layer): string[] {
  const count = channelsOf(layer.node.shape);
  return layer.activation
    ? activationWrappers(layer.activation.op, count)
    : new Array<string>(count).fill('{}');
}

/** Names of several operands: a, b, c ... */
export function operandNames(operands: number): string[] {
  const letters = 'abcdefghijklmnopqrstuvw';
  return Array.from({ length: operands }, (_, index) => letters[index] ?? `x${index}`);
}

/** ` + 4 * b[i]`; the first term has no sign in front of it but its own. */
export function term(multiplier: bigint, text: string, isFirst: boolean): string {
  const magnitude = multiplier < 0n ? -multiplier : multiplier;
  const product = magnitude === 1n ? text : `${magnitude} * ${text}`;
  if (isFirst) return multiplier < 0n ? `-${product}` : product;
  return multiplier < 0n ? ` - ${product}` : ` + ${product}`;
}

/** A forward function that only moves numbers. */
export function wiring(
  parameters: readonly { readonly name: string; readonly type: string }[],
  outputShape: Shape,
  body: readonly string[],
): string {
  return functionText({
    doc: ['Computes the layer: moves numbers, without a constraint.'],
    visibility: 'pub ',
    name: 'forward',
    parameters,
    returns: tensorType(outputShape),
    body: [`    let mut output = ${zeros(outputShape)};`, ...body, '    output'],
  });
}

/** Nested loops over a shape around one statement. */
export function loops(shape: Shape, indices: readonly string[], statement: string): string[] {
  const indent = (depth: number): string => '    '.repeat(depth + 1);
  return [
    ...shape.map((size, axis) => `${indent(axis)}for ${indices[axis]} in 0..${size} {`),
    `${indent(shape.length)}${statement}`,
    ...shape.map((_, axis) => `${indent(shape.length - 1 - axis)}}`),
  ];
}

/** Whether the library has a function for a reshape: between vectors, matrices and images, or no change at all. */
export function isLibraryReshape(from: Shape, to: Shape): boolean {
  const isKnown = ({ length }: Shape): boolean => length >= 1 && length <= 3;
  return from.join() === to.join() || (isKnown(from) && isKnown(to));
}

/** Statements that copy `input` into the vector `elements`, row-major, with so many zeros at its end. */
export function flattened(from: Shape, zerosAtEnd: number): string[] {
  const count = from.reduce((product, size) => product * size, 1);
  const indices = from.map((_, axis) => `j${axis}`);
  const flat = indices.reduce(
    (text, index, axis) =>
      axis === 0 ? index : `${from[axis]} * ${axis === 1 ? text : `(${text})`} + ${index}`,
    '0',
  );
  return [
    `    let mut elements = [0; ${count + zerosAtEnd}];`,
    ...loops(from, indices, `elements[${flat}] = input${indices.map(index => `[${index}]`).join('')};`),
  ];
}
