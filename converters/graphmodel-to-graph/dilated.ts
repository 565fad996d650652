/**
 * Dilated convolutions as TensorFlow spells them out: space to batch, a convolution, batch to space. They become one
 * convolution with dilations between a padding and a cut.
 *
 *     BatchToSpaceND(Conv2D(SpaceToBatchND(x, block, paddings)), block, crops)  ->  crop(Conv2D(pad(x), dilations = block))
 */
import { type GraphNode, readIntegers, readText } from './nodes.ts';
import { type Constant, constant } from './values.ts';

/** The nodes of a frozen graph, and its constants. */
export interface Frozen {
  readonly nodes: ReadonlyMap<string, GraphNode>;
  readonly constants: ReadonlyMap<string, Constant>;
}

const CONVOLUTIONS = [
  'Conv2D',
  '_FusedConv2D',
  'DepthwiseConv2d',
  'DepthwiseConv2dNative',
  'FusedDepthwiseConv2dNative',
];

/** Joins the parts of dilated convolutions. */
export function joinDilated(frozen: Frozen): Frozen {
  const nodes = new Map(frozen.nodes);
  const constants = new Map(frozen.constants);
  for (const node of frozen.nodes.values()) {
    const parts = node.op === 'BatchToSpaceND' ? match(node, frozen) : undefined;
    if (parts === undefined) continue;
    const { convolution, source, block, paddings, crops } = parts;
    const add = (part: string, op: string, inputs: readonly string[], attributes = {}): string => {
      const name = `${node.name}/${part}`;
      nodes.set(name, { name, op, inputs: inputs.map(toRef), controls: [], attributes });
      return name;
    };
    const addConstant = (part: string, shape: readonly number[], data: readonly number[]): string => {
      const name = add(part, 'Const', []);
      constants.set(name, constant(name, shape, data));
      return name;
    };
    const around = addConstant('paddings', [4, 2], [0, 0, ...paddings, 0, 0]);
    const padded = add('pad', 'Pad', [refText(source), around]);
    const [top = 0, bottom = 0, left = 0, right = 0] = crops;
    const begin = addConstant('begin', [4], [0, top, left, 0]);
    const end = addConstant('end', [4], [0, -bottom, -right, 0]);
    const strides = addConstant('strides', [4], [1, 1, 1, 1]);
    const dilations = { list: { i: [1, ...block, 1].map(String) } };
    const joined = `${node.name}/dilated`;
    nodes.set(joined, {
      ...convolution,
      name: joined,
      inputs: [toRef(padded), ...convolution.inputs.slice(1)],
      attributes: { ...convolution.attributes, dilations },
    });
    // ends of 0 stand for whole axes
    const open = [true, bottom === 0, right === 0, true].reduce((mask, is, i) => mask + (is ? 2 ** i : 0), 0);
    const attributes = { end_mask: { i: String(open) } };
    nodes.set(node.name, {
      ...node,
      op: 'StridedSlice',
      inputs: [joined, begin, end, strides].map(toRef),
      attributes,
    });
  }
  return { nodes, constants };
}

function toRef(text: string): GraphNode['inputs'][number] {
  const match = /^(.*)#(\d+)$/.exec(text);
  return match === null ? { node: text, output: 0 } : { node: match[1] ?? '', output: Number(match[2]) };
}

function refText({ node, output }: GraphNode['inputs'][number]): string {
  return `${node}#${output}`;
}

interface Parts {
  readonly convolution: GraphNode;
  readonly source: GraphNode['inputs'][number];
  readonly block: readonly number[];
  readonly paddings: readonly number[];
  readonly crops: readonly number[];
}

function match(node: GraphNode, { nodes, constants }: Frozen): Parts | undefined {
  const listAt = (user: GraphNode, index: number): number[] | undefined => {
    const value = constants.get(user.inputs[index]?.node ?? '');
    return value === undefined ? undefined : Array.from(value.data);
  };
  const convolution = nodes.get(node.inputs[0]?.node ?? '');
  const spread = nodes.get(convolution?.inputs[0]?.node ?? '');
  if (convolution === undefined || spread?.op !== 'SpaceToBatchND') return undefined;
  const [block, crops] = [listAt(node, 1), listAt(node, 2)];
  const [spreadBlock, paddings] = [listAt(spread, 1), listAt(spread, 2)];
  const [source] = spread.inputs;
  const isPlain =
    CONVOLUTIONS.includes(convolution.op) &&
    readText(convolution, 'padding') === 'VALID' &&
    readIntegers(convolution, 'strides').every(stride => stride === 1) &&
    readIntegers(convolution, 'dilations').every(dilation => dilation === 1);
  if (!isPlain || !block || !crops || !paddings || !source) return undefined;
  if (block.length !== 2 || block.join() !== spreadBlock?.join()) return undefined;
  return { convolution, source, block, paddings, crops };
}
