/**
 * Writes the main component of a Circom program that computes the same integer function as a QuantGraph, from the
 * templates in fixtures/circom: one component a node, weights as constants, range checks of the private input, public
 * outputs. It knows nothing of how bionoir proves the same.
 */
import type {
  NodeId,
  QuantAffineOp,
  QuantArgmaxOp,
  QuantAveragePool2dOp,
  QuantConcatOp,
  QuantConv2dOp,
  QuantDenseOp,
  QuantGraph,
  QuantInputOp,
  QuantLeakyReluOp,
  QuantMaxPool2dOp,
  QuantNode,
  QuantOp,
  QuantPadOp,
  QuantReluOp,
  QuantSumOp,
  QuantTransposeOp,
  Shape,
} from '../../../src/quantize/types.ts';

/** The parts of a node's text. */
interface Piece {
  /** Constant functions, before the template. */
  readonly constants?: readonly string[];
  /** Statements inside the template. */
  readonly statements: readonly string[];
  /** The expression that names the node's flat output array. */
  readonly output: string;
}

export interface CircomStyle {
  /** The template of ReLU layers: the usual one with a sign bit, or bionoir's in Circom. */
  readonly relu?: 'Relu' | 'SignFreeRelu';
}

/** A node with what its text needs of its inputs. */
interface Site<Op extends QuantOp = QuantOp> {
  readonly op: Op;
  readonly node: QuantNode;
  readonly name: string;
  readonly style: CircomStyle;
  /** Flat arrays of the operands, and their shapes. */
  readonly operands: readonly string[];
  readonly shapes: readonly Shape[];
}

/** The name of the signal that holds an input or output node of the graph. */
export function circomSignalName(graph: QuantGraph, id: NodeId): string {
  const name = (graph.nodes[id] as QuantNode).name.replace(/[^A-Za-z0-9]/g, '_');
  return graph.inputs.includes(id) ? `in_${name}` : `out_${name}`;
}

/** Writes the Circom program of a quantised network. Inputs and outputs are flat arrays, row-major. */
export function generateCircom(graph: QuantGraph, style: CircomStyle = {}): string {
  const pieces: Piece[] = [];
  for (const node of graph.nodes) {
    const operands = node.inputs.map(id => (pieces[id] as Piece).output);
    const shapes = node.inputs.map(id => (graph.nodes[id] as QuantNode).shape);
    const name =
      node.op.kind === 'input' ? circomSignalName(graph, node.id) : `n${node.id}_${kindName(node)}`;
    pieces.push(writeNode({ op: node.op, node, name, style, operands, shapes }));
  }
  const outputs = graph.outputs.map(id => {
    const count = sizeOf((graph.nodes[id] as QuantNode).shape);
    const signal = circomSignalName(graph, id);
    return {
      declaration: `signal output ${signal}[${count}];`,
      copy: `${signal} <== ${pieces[id]?.output};`,
    };
  });
  const body = [
    ...pieces.flatMap(piece => piece.statements.filter(isInterface)),
    ...outputs.map(output => output.declaration),
    ...pieces.flatMap(piece => piece.statements.filter(statement => !isInterface(statement))),
    ...outputs.map(output => output.copy),
  ];
  return [
    'pragma circom 2.1.6;',
    ...['linear', 'activation', 'compare', 'sign-free'].map(file => `include "${file}.circom";`),
    ...pieces.flatMap(piece => piece.constants ?? []),
    'template Network() {',
    ...body.map(line => `    ${line}`),
    '}',
    'component main = Network();',
    '',
  ].join('\n');
}

function isInterface(statement: string): boolean {
  return statement.startsWith('signal input');
}

function kindName(node: QuantNode): string {
  return node.op.kind.replaceAll('-', '_');
}

function writeNode(site: Site): Piece {
  const { op } = site;
  switch (op.kind) {
    case 'input':
      return writeInput({ ...site, op });
    case 'dense':
      return writeDense({ ...site, op });
    case 'conv2d':
      return writeConv2d({ ...site, op });
    case 'affine':
      return writeAffine({ ...site, op });
    case 'relu':
      return writeRelu({ ...site, op });
    case 'leaky-relu':
      return writeLeakyRelu({ ...site, op });
    case 'max-pool2d':
      return writeMaxPool({ ...site, op });
    case 'average-pool2d':
      return writeAveragePool({ ...site, op });
    case 'pad':
      return writePad({ ...site, op });
    case 'reshape':
      return { statements: [], output: operand(site) };
    case 'transpose':
      return writeTranspose({ ...site, op });
    case 'sum':
      return writeSum({ ...site, op });
    case 'concat':
      return writeConcat({ ...site, op });
    case 'argmax':
      return writeArgmax({ ...site, op });
    default:
      throw new Error(`the operator ${op.kind} is not written in Circom`);
  }
}

function writeInput({ op, node, name }: Site<QuantInputOp>): Piece {
  const count = sizeOf(node.shape);
  const check = `${name}_range`;
  return {
    statements: [
      `signal input ${name}[${count}];`,
      `component ${check} = InputRange(${count}, ${op.bits}, ${op.signed ? 1 : 0});`,
      `${check}.in <== ${name};`,
    ],
    output: name,
  };
}

function writeDense(site: Site<QuantDenseOp>): Piece {
  const { op, name } = site;
  const inputs = lastOf(shapeOf(site));
  const positions = sizeOf(shapeOf(site)) / inputs;
  return component(site, 'Dense', [positions, inputs, op.units, `${name}_weights()`, `${name}_bias()`], {
    [`${name}_weights`]: op.weights,
    [`${name}_bias`]: op.bias,
  });
}

function writeConv2d(site: Site<QuantConv2dOp>): Piece {
  const { op, name, node } = site;
  const [height, width, channels] = imageShape(shapeOf(site));
  const [outHeight, outWidth] = imageShape(node.shape);
  const shapes = [height, width, channels, outHeight, outWidth, op.filters];
  const windows = [...op.kernelSize, ...op.strides, ...op.dilations, op.padding.top, op.padding.left];
  const values = [...shapes, ...windows, op.groups, `${name}_kernel()`, `${name}_bias()`];
  return component(site, 'Conv2d', values, {
    [`${name}_kernel`]: op.kernel,
    [`${name}_bias`]: op.bias,
  });
}

function writeAffine(site: Site<QuantAffineOp>): Piece {
  const { op, name, node } = site;
  const values = [sizeOf(node.shape), lastOf(node.shape), `${name}_scale()`, `${name}_shift()`];
  return component(site, 'Affine', values, {
    [`${name}_scale`]: op.scale,
    [`${name}_shift`]: op.shift,
  });
}

const SIGN_NAMES = { any: 'ANY_SIGN()', 'non-negative': 'NON_NEGATIVE()', 'non-positive': 'NON_POSITIVE()' };

/** Widths and signs of an activation's channels as array literals. */
function channelFacts(op: QuantReluOp | QuantLeakyReluOp): { widths: string; signs: string } {
  return {
    widths: arrayLiteral(op.quotientBits),
    signs: arrayLiteral(op.sign.map(sign => SIGN_NAMES[sign])),
  };
}

function writeRelu(site: Site<QuantReluOp>): Piece {
  const { op, name } = site;
  const count = sizeOf(site.node.shape);
  const { widths, signs } = channelFacts(op);
  const channels = op.quotientBits.length;
  const relu = component(site, site.style.relu ?? 'Relu', [count, channels, op.shiftBits, widths, signs]);
  if (op.max === undefined || op.capBits === undefined) return relu;
  const capSite = { ...site, name: `${name}_cap`, operands: [relu.output] };
  const cap = component(capSite, 'Cap', [count, channels, arrayLiteral(op.capBits), op.max]);
  return { statements: [...relu.statements, ...cap.statements], output: cap.output };
}

function writeLeakyRelu(site: Site<QuantLeakyReluOp>): Piece {
  const { op, node } = site;
  const { widths, signs } = channelFacts(op);
  const shape = [sizeOf(node.shape), op.quotientBits.length, op.shiftBits];
  return component(site, 'LeakyRelu', [...shape, widths, signs, op.numerator, op.slopeBits]);
}

/** Parameters that both pools share. */
function poolParameters(site: Site<QuantMaxPool2dOp> | Site<QuantAveragePool2dOp>): readonly number[] {
  const { op, node } = site;
  const [outHeight, outWidth] = imageShape(node.shape);
  const sizes = [...imageShape(shapeOf(site)), outHeight, outWidth];
  return [...sizes, ...op.poolSize, ...op.strides, op.padding.top, op.padding.left];
}

function writeMaxPool(site: Site<QuantMaxPool2dOp>): Piece {
  const [, , channels] = imageShape(site.node.shape);
  const given = site.op.differenceBits;
  const widths = given.length === 1 ? Array.from({ length: channels }, () => given[0] as number) : given;
  return component(site, 'MaxPool2d', [...poolParameters(site), arrayLiteral(widths)]);
}

function writeAveragePool(site: Site<QuantAveragePool2dOp>): Piece {
  return component(site, 'AveragePool2d', [...poolParameters(site), arrayLiteral(site.op.multipliers)]);
}

function writePad(site: Site<QuantPadOp>): Piece {
  const [outHeight, outWidth] = imageShape(site.node.shape);
  const { top, left } = site.op.padding;
  return component(site, 'Pad', [...imageShape(shapeOf(site)), outHeight, outWidth, top, left]);
}

function writeTranspose(site: Site<QuantTransposeOp>): Piece {
  const source = transposedOrder(shapeOf(site), site.op.permutation);
  return component(site, 'Permute', [source.length, arrayLiteral(source)]);
}

/** For each element of the transposed tensor the flat index of its source. */
function transposedOrder(shape: Shape, permutation: readonly number[]): number[] {
  const strides = shape.map((_, axis) => sizeOf(shape.slice(axis + 1)));
  return permutation.reduce<number[]>(
    (starts, axis) =>
      starts.flatMap(start =>
        Array.from({ length: shape[axis] as number }, (_, i) => start + i * (strides[axis] as number)),
      ),
    [0],
  );
}

function writeSum({ op, node, name, operands }: Site<QuantSumOp>): Piece {
  const count = sizeOf(node.shape);
  const terms = operands.map((array, i) => `${array}[i] * (${op.multipliers[i]})`).join(' + ');
  return {
    statements: [`signal ${name}[${count}];`, `for (var i = 0; i < ${count}; i++) ${name}[i] <== ${terms};`],
    output: name,
  };
}

function writeConcat({ op, node, name, operands, shapes }: Site<QuantConcatOp>): Piece {
  const outerCount = sizeOf(node.shape.slice(0, op.axis));
  const row = sizeOf(node.shape.slice(op.axis));
  const statements = [`signal ${name}[${outerCount * row}];`];
  let start = 0;
  operands.forEach((array, k) => {
    const inner = sizeOf((shapes[k] as Shape).slice(op.axis));
    const target = `${name}[o * ${row} + ${start} + i]`;
    const source = `${array}[o * ${inner} + i] * (${op.multipliers[k]})`;
    statements.push(`for (var o = 0; o < ${outerCount}; o++) {`);
    statements.push(`    for (var i = 0; i < ${inner}; i++) ${target} <== ${source};`, '}');
    start += inner;
  });
  return { statements, output: name };
}

function writeArgmax(site: Site<QuantArgmaxOp>): Piece {
  const piece = component(site, 'Argmax', [sizeOf(shapeOf(site)), site.op.differenceBits]);
  return { ...piece, output: `[${piece.output}]` };
}

/** A component of one template whose operand is the site's first, with constants as functions. */
function component(
  site: Site,
  template: string,
  values: readonly (string | number | bigint)[],
  constants: Readonly<Record<string, ArrayLike<number | bigint>>> = {},
): Piece {
  return {
    constants: Object.entries(constants).map(
      ([name, numbers]) => `function ${name}() {\n    return ${arrayLiteral(Array.from(numbers))};\n}`,
    ),
    statements: [
      `component ${site.name} = ${template}(${values.join(', ')});`,
      `${site.name}.in <== ${operand(site)};`,
    ],
    output: `${site.name}.out`,
  };
}

function operand(site: Site): string {
  return site.operands[0] as string;
}

function shapeOf(site: Site): Shape {
  return site.shapes[0] as Shape;
}

function arrayLiteral(values: readonly (string | number | bigint)[]): string {
  return `[${values.join(', ')}]`;
}

function sizeOf(shape: Shape): number {
  return shape.reduce((product, length) => product * length, 1);
}

function lastOf(shape: Shape): number {
  return shape[shape.length - 1] as number;
}

function imageShape(shape: Shape): [height: number, width: number, channels: number] {
  const [height, width, channels] = shape as readonly [number, number, number];
  return [height, width, channels];
}
