/**
 * Finds activations that a model spells out in other operators, and writes them as what they are.
 *
 *     a: 8 = relu(x)                          a: 8 = relu(x) max 6
 *     b: 8 = affine(a)   6 - a          ->    c: 8 = affine(a)   6 - a
 *     c: 8 = relu(b)
 *
 *     p: 8 = relu(x)                          y: 8 = prelu(x)
 *     m: 8 = affine(x)   -x             ->
 *     n: 8 = relu(m)
 *     q: 8 = affine(n)   slope * -n
 *     y: 8 = add(p, q)
 *
 * The first is every clip that a framework writes as a minimum of a maximum; the second is PReLU and LeakyReLU as sums,
 * with |x| as well, or as a maximum. Both save a comparison for each element.
 */
import type { Graph, Node, Op } from '../types.ts';
import { type Edit, type GraphView, operandNames, rewrite } from './rewrite.ts';

/** Writes clips as capped ReLUs, and sums of kinked lines as PReLUs. */
export function recogniseActivations(graph: Graph): Graph {
  const capped = rewrite(graph, capRelu);
  const lines = new Map<Node, readonly Line[]>();
  return rewrite(capped, (node, view) => toPrelu(node, view, lines));
}

/** relu(s - k * relu(x)) = s - k * min(relu(x), s / k), for positive s and k. */
function capRelu(node: Node, view: GraphView): Edit | undefined {
  if (node.op.kind !== 'relu' || node.op.max !== undefined) return undefined;
  const line = view.producer(node);
  const inner = line === undefined ? undefined : view.producer(line);
  if (line === undefined || inner?.op.kind !== 'relu') return undefined;
  if (view.soleUser(line) === undefined || view.soleUser(inner) === undefined) return undefined;
  const map = uniformLine(line.op);
  if (map === undefined || !(map.factor < 0 && map.shift > 0)) return undefined;
  const max = Math.min(inner.op.max ?? Number.POSITIVE_INFINITY, map.shift / -map.factor);
  return {
    replace: [
      { name: inner.name, op: { kind: 'relu', max }, inputs: operandNames(inner, view) },
      { name: node.name, op: line.op, inputs: [inner.name] },
    ],
  };
}

/** An affine map that is the same for all elements. */
function uniformLine(op: Op): { readonly factor: number; readonly shift: number } | undefined {
  if (op.kind === 'scale' && typeof op.factor === 'number' && typeof op.shift === 'number') {
    return { factor: op.factor, shift: op.shift };
  }
  if (op.kind !== 'affine') return undefined;
  const [factor = 1] = op.scale;
  const [shift = 0] = op.shift;
  const isUniform = op.scale.every(value => value === factor) && op.shift.every(value => value === shift);
  return isUniform ? { factor, shift } : undefined;
}

/** A tensor as a kinked line of another, per channel: above * x + shift for x >= 0, below * x + shift for x < 0. */
interface Line {
  readonly root: Node;
  readonly above: Float64Array;
  readonly below: Float64Array;
  readonly shift: Float64Array;
  /** Activations on the way, which one PReLU would replace. */
  readonly kinks: ReadonlySet<Node>;
}

const LINES_MAX = 8;

function toPrelu(node: Node, view: GraphView, memo: Map<Node, readonly Line[]>): Edit | undefined {
  const joins = ['add', 'subtract', 'maximum', 'minimum'];
  if (!joins.includes(node.op.kind)) return undefined;
  const line = linesOf(node, view, memo).find(({ root }) => root !== node);
  if (line === undefined || !isWorthwhile(node, line, view)) return undefined;
  const { root, above, below, shift } = line;
  if (!above.every(value => value > 0)) return undefined;
  const op = preluOf(below.map((value, c) => value / (above[c] ?? 1)));
  if (above.every(value => value === 1) && shift.every(value => value === 0)) {
    return { replace: [{ name: node.name, op, inputs: [root.name] }] };
  }
  const helper = node.inputs
    .map((_, i) => view.producer(node, i))
    .find(operand => operand !== undefined && operand !== root && view.soleUser(operand) !== undefined);
  if (helper === undefined) return undefined;
  const rest: Op = { kind: 'affine', scale: Float32Array.from(above), shift: Float32Array.from(shift) };
  return {
    replace: [
      { name: helper.name, op, inputs: [root.name] },
      { name: node.name, op: rest, inputs: [helper.name] },
    ],
  };
}

function preluOf(slopes: Float64Array): Op {
  const [slope = 0] = slopes;
  if (!slopes.every(value => value === slope)) return { kind: 'prelu', slopes: Float32Array.from(slopes) };
  return slope === 0 ? { kind: 'relu' } : { kind: 'leaky-relu', slope };
}

/** It must save an activation: those on the way that nothing else uses, and a maximum itself. */
function isWorthwhile(node: Node, { kinks }: Line, view: GraphView): boolean {
  const own = [...kinks].filter(kink => kink !== node && view.soleUser(kink) !== undefined).length;
  return node.op.kind === 'maximum' || node.op.kind === 'minimum' ? own >= 0 : own >= 2;
}

/** The tensors of which a tensor is a kinked line, nearest first; itself at the head. */
function linesOf(node: Node, view: GraphView, memo: Map<Node, readonly Line[]>): readonly Line[] {
  const known = memo.get(node);
  if (known !== undefined) return known;
  const lines = [itself(node), ...derivedLines(node, view, memo)].slice(0, LINES_MAX);
  memo.set(node, lines);
  return lines;
}

function itself(node: Node): Line {
  const channels = node.shape.at(-1) ?? 1;
  const ones = new Float64Array(channels).fill(1);
  return { root: node, above: ones, below: ones, shift: new Float64Array(channels), kinks: new Set() };
}

function derivedLines(node: Node, view: GraphView, memo: Map<Node, readonly Line[]>): Line[] {
  const operands = node.inputs.map((_, i) => view.producer(node, i));
  const [first = [], second = []] = operands.map(operand =>
    operand === undefined ? [] : linesOf(operand, view, memo),
  );
  if (operands.length === 1) return first.flatMap(line => appliedTo(node, line) ?? []);
  if (operands.length !== 2) return [];
  return first.flatMap(a => {
    const b = second.find(({ root }) => root === a.root);
    return b === undefined ? [] : (joined(node, a, b) ?? []);
  });
}

/** The line after one more operator of one operand; undefined when the operator does not keep it one. */
function appliedTo(node: Node, line: Line): Line | undefined {
  const { op } = node;
  switch (op.kind) {
    case 'affine':
      return mapped(line, op.scale, op.shift);
    case 'scale':
      return typeof op.factor === 'number' && typeof op.shift === 'number'
        ? mapped(line, [op.factor], [op.shift])
        : undefined;
    case 'relu':
      return op.max === undefined ? kinked(node, line, value => Math.max(value, 0)) : undefined;
    case 'leaky-relu':
      return kinked(node, line, value => (value >= 0 ? value : op.slope * value));
    case 'prelu':
      return kinked(node, line, (value, c) => (value >= 0 ? value : (op.slopes[c] ?? 0) * value));
    case 'abs':
      return kinked(node, line, Math.abs);
    default:
      return undefined;
  }
}

function mapped(line: Line, scale: ArrayLike<number>, shift: ArrayLike<number>): Line {
  const factor = (c: number): number => scale[c % scale.length] ?? 1;
  return {
    ...line,
    above: line.above.map((value, c) => value * factor(c)),
    below: line.below.map((value, c) => value * factor(c)),
    shift: line.shift.map((value, c) => value * factor(c) + (shift[c % shift.length] ?? 0)),
  };
}

/** An activation that bends at 0 and fixes it: of a line through 0, it bends where the line does. */
function kinked(node: Node, line: Line, bend: (value: number, channel: number) => number): Line | undefined {
  if (!line.shift.every(value => value === 0)) return undefined;
  return {
    ...line,
    above: line.above.map(bend),
    // at x = -1 the line is at -below
    below: line.below.map((value, c) => -bend(-value, c)),
    kinks: new Set([...line.kinks, node]),
  };
}

function joined(node: Node, a: Line, b: Line): Line | undefined {
  const kinks = new Set([...a.kinks, ...b.kinks]);
  const zip = (left: Float64Array, right: Float64Array, f: (x: number, y: number) => number): Float64Array =>
    left.map((value, c) => f(value, right[c] ?? 0));
  const combine = (above: (x: number, y: number) => number, below = above): Line => ({
    root: a.root,
    above: zip(a.above, b.above, above),
    below: zip(a.below, b.below, below),
    shift: zip(a.shift, b.shift, above),
    kinks,
  });
  const isThroughZero = [a, b].every(({ shift }) => shift.every(value => value === 0));
  switch (node.op.kind) {
    case 'add':
      return combine((x, y) => x + y);
    case 'subtract':
      return combine((x, y) => x - y);
    case 'maximum':
      return isThroughZero ? { ...combine(Math.max, Math.min), kinks: new Set([...kinks, node]) } : undefined;
    case 'minimum':
      return isThroughZero ? { ...combine(Math.min, Math.max), kinks: new Set([...kinks, node]) } : undefined;
    default:
      return undefined;
  }
}
