/**
 * Recognises what exporters write by parts and our graph has as one operator: layer normalisation, L2 normalisation, GELU
 * (by erf and by tanh), SiLU, Mish, and (in qdq.ts) integer layers between dequantised floats. One operator is cheaper: a layer norm by parts costs three roots and products where
 * the operator costs one.
 *
 *     m = ReduceMean(x); c = Sub(x, m); v = ReduceMean(Pow(c, 2)); y = Div(c, Sqrt(Add(v, 1e-5)))   ->   y = LayerNorm(x)
 *
 * Works on ONNX nodes before they are imported. A recognised node takes the place of the last of its parts, under the
 * domain of this file; parts that nothing else uses are then not needed any more.
 */
import { isOp, type View, viewNodes } from './node-view.ts';
import type { AttributeProto, NodeProto, TensorProto } from './proto.ts';
import { matchQuantized } from './qdq.ts';

/** The domain of recognised nodes. */
export const PATTERN_DOMAIN = 'bionoir.patterns';

type Matcher = (node: NodeProto, view: View) => NodeProto | undefined;

/** Replaces recognised nodes. */
export function recognisePatterns(
  nodes: readonly NodeProto[],
  initializers: readonly TensorProto[],
  { isOfReals }: { readonly isOfReals: boolean },
): NodeProto[] {
  const view = viewNodes(nodes, initializers);
  const matchers = isOfReals ? MATCHERS.filter(match => match !== matchQuantized) : MATCHERS;
  return nodes.map(node => {
    for (const match of matchers) {
      const found = match(node, view);
      if (found !== undefined) return found;
    }
    return node;
  });
}

function fused(
  node: NodeProto,
  opType: string,
  x: string,
  attributes: readonly AttributeProto[] = [],
): NodeProto {
  return { ...node, opType, domain: PATTERN_DOMAIN, inputs: [x], attributes };
}

const plain = { floats: [], ints: [], strings: [] } as const;

function close(value: number | undefined, expected: number): boolean {
  return value !== undefined && Math.abs(value - expected) <= 1e-3 * Math.abs(expected);
}

/** The operand of a node made by an operator: the name of that operand's first input. */
function under(view: View, name: string, opType: string): string | undefined {
  const maker = view.makerOf(name);
  return isOp(maker, opType) ? maker.inputs[0] : undefined;
}

/** Splits a commutative node of two operands into a number and the rest. */
function withNumber(view: View, node: NodeProto | undefined): { number: number; rest: string } | undefined {
  const [a = '', b = ''] = node?.inputs ?? [];
  const [left, right] = [view.numberOf(a), view.numberOf(b)];
  if (right !== undefined) return { number: right, rest: a };
  return left === undefined ? undefined : { number: left, rest: b };
}

/** The factors of a product, through nested products and divisions by numbers. */
interface Product {
  readonly number: number;
  readonly names: readonly string[];
}

/** Longer products than any of the patterns are not followed. */
const FACTORS_MAX = 6;

function factorsOf(view: View, name: string, depth = 0): Product {
  const number = view.numberOf(name);
  if (number !== undefined) return { number, names: [] };
  const maker = view.makerOf(name);
  if (depth < FACTORS_MAX && isOp(maker, 'Mul')) {
    const [a, b] = maker.inputs.map(input => factorsOf(view, input, depth + 1));
    if (a && b) return { number: a.number * b.number, names: [...a.names, ...b.names] };
  }
  if (depth < FACTORS_MAX && isOp(maker, 'Div')) {
    const divisor = view.numberOf(maker.inputs[1] ?? '');
    const a = factorsOf(view, maker.inputs[0] ?? '', depth + 1);
    if (divisor !== undefined) return { number: a.number / divisor, names: a.names };
  }
  return { number: 1, names: [name] };
}

/** Products of x with a function of x. */
const matchGate: Matcher = (node, view) => {
  if (!isOp(node, 'Mul') && !isOp(node, 'Div')) return undefined;
  const { number, names } = factorsOf(view, node.outputs[0] ?? '');
  const [a = '', b = ''] = names;
  if (names.length !== 2) return undefined;
  for (const [x, gate] of [
    [a, b],
    [b, a],
  ] as const) {
    const opType = gateOf(view, x, gate, number);
    if (opType !== undefined) return fused(node, opType, x);
  }
  return undefined;
};

function gateOf(view: View, x: string, gate: string, number: number): string | undefined {
  if (number === 1 && under(view, gate, 'Sigmoid') === x) return 'Silu';
  if (number === 1 && under(view, under(view, gate, 'Tanh') ?? '', 'Softplus') === x) return 'Mish';
  const sum = view.makerOf(gate);
  const raised = isOp(sum, 'Add') ? withNumber(view, sum) : undefined;
  if (!close(number, 0.5) || !close(raised?.number, 1) || raised === undefined) return undefined;
  const erf = under(view, raised.rest, 'Erf');
  if (erf !== undefined) return isMultiple(view, erf, x, Math.SQRT1_2) ? 'Gelu' : undefined;
  const tanh = under(view, raised.rest, 'Tanh');
  return tanh !== undefined && isGeluPolynomial(view, tanh, x) ? 'GeluTanh' : undefined;
}

function isMultiple(view: View, name: string, x: string, factor: number): boolean {
  const { number, names } = factorsOf(view, name);
  return close(number, factor) && names.length === 1 && names[0] === x;
}

/** sqrt(2 / pi) * (x + 0.044715 * x^3). */
function isGeluPolynomial(view: View, name: string, x: string): boolean {
  const { number, names } = factorsOf(view, name);
  const sum = view.makerOf(names[0] ?? '');
  if (!close(number, Math.sqrt(2 / Math.PI)) || names.length !== 1 || !isOp(sum, 'Add')) return false;
  const cubic = sum.inputs[0] === x ? sum.inputs[1] : sum.inputs[1] === x ? sum.inputs[0] : undefined;
  const inner = factorsOf(view, cubic ?? '');
  const [first = ''] = inner.names;
  const isCube = inner.names.length === 3 && inner.names.every(factor => factor === x);
  return close(inner.number, 0.044715) && (isCube || isPower(view, first, x, 3));
}

function isPower(view: View, name: string, x: string, exponent: number): boolean {
  const maker = view.makerOf(name);
  const inputs = maker?.inputs ?? [];
  if (isOp(maker, 'Pow')) return inputs[0] === x && view.numberOf(inputs[1] ?? '') === exponent;
  return exponent === 2 && isOp(maker, 'Mul') && inputs.every(input => input === x);
}

/** The axes of a reduction that keeps its dimensions. */
function keptAxes(view: View, node: NodeProto | undefined): readonly number[] | undefined {
  const keeps = node?.attributes.find(attribute => attribute.name === 'keepdims')?.int ?? 1;
  const listed = node?.attributes.find(attribute => attribute.name === 'axes')?.ints;
  const axes = listed ?? view.numbersOf(node?.inputs[1] ?? '');
  return keeps === 1 && axes !== undefined && axes.length > 0 ? axes : undefined;
}

/** A division, or a product with a reciprocal: what is divided, and by what. */
function quotientOf(view: View, node: NodeProto): { over: string; by: string }[] {
  const [a = '', b = ''] = node.inputs;
  if (isOp(node, 'Div')) return [{ over: a, by: b }];
  if (!isOp(node, 'Mul')) return [];
  return [
    { over: a, inverse: b },
    { over: b, inverse: a },
  ].flatMap(({ over, inverse }) => {
    const by = under(view, inverse, 'Reciprocal');
    return by === undefined ? [] : [{ over, by }];
  });
}

/** (x - mean) / sqrt(variance + epsilon). */
const matchLayerNorm: Matcher = (node, view) => {
  for (const { over, by } of quotientOf(view, node)) {
    const centred = view.makerOf(over);
    const root = rootOf(view, by);
    const shifted = isOp(view.makerOf(root ?? ''), 'Add')
      ? withNumber(view, view.makerOf(root ?? ''))
      : undefined;
    if (!isOp(centred, 'Sub') || shifted === undefined) continue;
    const [x = '', mean = ''] = centred.inputs;
    const [means, variances] = [view.makerOf(mean), view.makerOf(shifted.rest)];
    if (!isOp(means, 'ReduceMean') || !isOp(variances, 'ReduceMean') || means.inputs[0] !== x) continue;
    const squared = variances.inputs[0] ?? '';
    const isSquare =
      isPower(view, squared, over, 2) || isPower(view, squared, twinOf(view, squared, centred), 2);
    const axes = keptAxes(view, means);
    if (!isSquare || axes === undefined || axes.join() !== keptAxes(view, variances)?.join()) continue;
    return fused(node, 'LayerNorm', x, [
      { ...plain, name: 'axes', ints: axes },
      { ...plain, name: 'epsilon', float: shifted.number },
    ]);
  }
  return undefined;
};

/** What a root is taken of: Sqrt(y), or Pow(y, 0.5). */
function rootOf(view: View, name: string): string | undefined {
  const maker = view.makerOf(name);
  if (isOp(maker, 'Pow') && view.numberOf(maker.inputs[1] ?? '') === 0.5) return maker.inputs[0];
  return under(view, name, 'Sqrt');
}

/** The same difference, computed a second time for the square: some exporters do. */
function twinOf(view: View, squared: string, centred: NodeProto): string {
  const [base = ''] = view.makerOf(squared)?.inputs ?? [];
  const maker = view.makerOf(base);
  return isOp(maker, 'Sub') && maker.inputs.join() === centred.inputs.join() ? base : '';
}

/** A floor under a norm that only keeps division by zero away. */
const TINY = 1e-6;

/** x / max(norm of x, tiny). */
const matchL2Norm: Matcher = (node, view) => {
  for (const { over: x, by } of quotientOf(view, node)) {
    const { name, floor } = normUnder(view, by, 0);
    const direct = view.makerOf(name);
    const summed = view.makerOf(rootOf(view, name) ?? '');
    const isSum = isOp(summed, 'ReduceSum') && isPower(view, summed.inputs[0] ?? '', x, 2);
    const isSumSquare = isOp(summed, 'ReduceSumSquare') && summed.inputs[0] === x;
    const isDirect = isOp(direct, 'ReduceL2') && direct.inputs[0] === x;
    const axes = keptAxes(view, isDirect ? direct : summed);
    if (!(isDirect || isSum || isSumSquare) || axes === undefined) continue;
    return fused(node, 'L2Norm', x, [
      { ...plain, name: 'axes', ints: axes },
      { ...plain, name: 'epsilon', float: floor * floor },
    ]);
  }
  return undefined;
};

/** Looks under broadcasts, floors and tiny additions. */
function normUnder(view: View, name: string, floor: number): { name: string; floor: number } {
  const maker = view.makerOf(name);
  const { inputs: [inner = '', bound = ''] = [], attributes = [] } = maker ?? {};
  const attribute = attributes.find(candidate => candidate.name === 'min')?.float;
  if (isOp(maker, 'Expand')) return normUnder(view, inner, floor);
  const isFloor = isOp(maker, 'Clip') || isOp(maker, 'Max') || isOp(maker, 'Add');
  const low = isFloor ? (attribute ?? view.numberOf(bound)) : undefined;
  if (low === undefined || low < 0 || low > TINY) return { name, floor };
  return normUnder(view, inner, Math.max(floor, low));
}

const MATCHERS: readonly Matcher[] = [matchQuantized, matchLayerNorm, matchL2Norm, matchGate];
