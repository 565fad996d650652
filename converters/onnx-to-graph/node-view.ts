/** A graph's ONNX nodes as patterns look at them: who makes what, and the numbers in small constants. */
import type { NodeProto, TensorProto } from './proto.ts';
import { decodeTensor } from './tensors.ts';

/** A graph as patterns look at it. */
export interface View {
  makerOf(name: string): NodeProto | undefined;
  /** The one number that a small constant holds. */
  numberOf(name: string): number | undefined;
  numbersOf(name: string): readonly number[] | undefined;
}

/** Larger constants are weights. */
const SMALL = 16;

/** Indexes the nodes of a graph. */
export function viewNodes(nodes: readonly NodeProto[], initializers: readonly TensorProto[]): View {
  const makers = new Map(nodes.flatMap(node => node.outputs.map(output => [output, node] as const)));
  const tensors = new Map(initializers.map(tensor => [tensor.name ?? '', tensor]));
  const numbersOf = (name: string): readonly number[] | undefined => {
    const maker = makers.get(name);
    if (maker?.opType === 'Identity') return numbersOf(maker.inputs[0] ?? '');
    const attribute = maker?.opType === 'Constant' ? maker.attributes[0] : undefined;
    if (attribute?.name === 'value_float') return [attribute.float ?? 0];
    const tensor = tensors.get(name) ?? (attribute?.name === 'value' ? attribute.tensor : undefined);
    const count = tensor?.dims.reduce((product, size) => product * size, 1) ?? SMALL + 1;
    if (tensor === undefined || count > SMALL || tensor.dataLocation === 1) return undefined;
    return [...decodeTensor(tensor, name, () => undefined).data];
  };
  return {
    makerOf: name => makers.get(name),
    numbersOf,
    numberOf: name => {
      const numbers = numbersOf(name);
      return numbers?.length === 1 ? numbers[0] : undefined;
    },
  };
}

/** Tells whether a node is of one of ONNX's own operators. */
export function isOp(node: NodeProto | undefined, opType: string): node is NodeProto {
  return node?.opType === opType && (node.domain ?? '') === '';
}
