/**
 * Max pools whose operand is padded with the lowest number there is, as converters of PyTorch models write them: the pool's
 * own padding, which takes no part in a maximum.
 *
 *     MaxPool(PadV2(x, paddings, -infinity), VALID)  ->  MaxPool(x, EXPLICIT paddings)
 */
import type { Frozen } from './dilated.ts';
import { type GraphNode, readText } from './nodes.ts';

/** Below this a number cannot be a network's. */
const LOWEST = -1e30;

type Ref = GraphNode['inputs'][number];

/** Gives max pools the padding that stands before them, with a transposition between them or without. */
export function joinLowPadding({ nodes, constants }: Frozen): Frozen {
  const joined = new Map(nodes);
  const listAt = (node: GraphNode, index: number): number[] =>
    Array.from(constants.get(node.inputs[index]?.node ?? '')?.data ?? []);
  for (const node of nodes.values()) {
    if (node.op !== 'MaxPool' || readText(node, 'padding') !== 'VALID') continue;
    const before = nodes.get(node.inputs[0]?.node ?? '');
    const turn = before?.op === 'Transpose' ? before : undefined;
    const pad = turn === undefined ? before : nodes.get(turn.inputs[0]?.node ?? '');
    const [source] = pad?.inputs ?? [];
    if (pad?.op !== 'PadV2' || source === undefined || !((listAt(pad, 2)[0] ?? 0) < LOWEST)) continue;
    const paddings = listAt(pad, 1);
    const order = turn === undefined ? [0, 1, 2, 3] : listAt(turn, 1);
    const widths = order.flatMap(axis => paddings.slice(2 * axis, 2 * axis + 2));
    if (widths.length !== 8 || [0, 1, 6, 7].some(i => widths[i] !== 0)) continue;
    const turned = `${node.name}/turned`;
    if (turn !== undefined)
      joined.set(turned, { ...turn, name: turned, inputs: [source, ...turn.inputs.slice(1)] });
    joined.set(
      node.name,
      padded(node, turn === undefined ? source : { node: turned, output: 0 }, widths.map(String)),
    );
  }
  return { nodes: joined, constants };
}

function padded(node: GraphNode, source: Ref, paddings: readonly string[]): GraphNode {
  const attributes = {
    ...node.attributes,
    padding: { s: btoa('EXPLICIT') },
    explicit_paddings: { list: { i: paddings } },
  };
  return { ...node, inputs: [source, ...node.inputs.slice(1)], attributes };
}
