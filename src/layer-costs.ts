/** Where a network's constraints go, layer by layer: the quantised graph's activations and widths beside the rows. */
import { constraintEstimate, type QuantGraph, type QuantNode } from './quantize/index.ts';
import { costTable, printTable } from './r1cs/index.ts';
import type { ConstraintSystem } from './r1cs/types.ts';

export interface LayerCost {
  /** The generated Noir module. */
  readonly layer: string;
  /** Activations, comparisons or range-checked inputs; 0 for linear layers. */
  readonly activationCount: number;
  /** Narrowest and widest signed width B that the layer decomposes; absent where it decomposes nothing. */
  readonly bits?: readonly [min: number, max: number];
  readonly constraintCount: number;
  /** Of all constraints, 0 to 1. */
  readonly share: number;
}

/** Counts constraints by layer, in the order in which the layers first appear. */
export function layerCosts(quantGraph: QuantGraph, system: ConstraintSystem): LayerCost[] {
  const counts = new Map<string, number>();
  for (const { layer, constraintCount } of costTable(system)) {
    counts.set(layer, (counts.get(layer) ?? 0) + constraintCount);
  }
  const gadgets = gadgetsByLayer(quantGraph, [...counts.keys()]);
  return [...counts].map(([layer, constraintCount]) => {
    const { activationCount, widths } = gadgets.get(layer) ?? { activationCount: 0, widths: [] };
    const share = constraintCount / Math.max(1, system.constraintCount);
    const cost = { layer, activationCount, constraintCount, share };
    return widths.length === 0
      ? cost
      : { ...cost, bits: [Math.min(...widths), Math.max(...widths)] as const };
  });
}

/** Prints the table with its total, for people. */
export function printLayerCosts(costs: readonly LayerCost[]): string {
  const total = costs.reduce((sum, cost) => sum + cost.constraintCount, 0);
  const rows = costs.map(cost => [
    cost.layer,
    cost.activationCount === 0 ? '' : `${cost.activationCount}`,
    cost.bits === undefined
      ? ''
      : cost.bits[0] === cost.bits[1]
        ? `${cost.bits[0]}`
        : `${cost.bits[0]}–${cost.bits[1]}`,
    `${cost.constraintCount}`,
    `${(cost.share * 100).toFixed(1)} %`,
  ]);
  const head = ['layer', 'activations', 'bits', 'constraints', 'share'];
  return printTable([head, ...rows, ['total', '', '', `${total}`, '']]);
}

interface Gadgets {
  readonly activationCount: number;
  readonly widths: readonly number[];
}

function gadgetsByLayer(quantGraph: QuantGraph, layers: readonly string[]): Map<string, Gadgets> {
  const gadgets = new Map<string, Gadgets>();
  constraintEstimate(quantGraph).nodes.forEach(({ name, gadgetCount }, index) => {
    const node = quantGraph.nodes[index];
    if (gadgetCount === 0 || node === undefined) return;
    const layer = node.op.kind === 'input' ? 'main' : layerOf(name, layers);
    const known = gadgets.get(layer) ?? { activationCount: 0, widths: [] };
    const widths = [...known.widths, ...widthsOf(node)];
    gadgets.set(layer, { activationCount: known.activationCount + gadgetCount, widths });
  });
  return gadgets;
}

/** The module that holds a node: an activation stands in the module of the layer that it belongs to, whose name it extends. */
function layerOf(nodeName: string, layers: readonly string[]): string {
  const name = nodeName.toLowerCase().replace(/\W+/g, '_');
  const fitting = layers.filter(layer => name.startsWith(layer));
  return fitting.sort((left, right) => right.length - left.length)[0] ?? name;
}

/** Signed widths that a node decomposes, one a channel; for an input the bits of its range. */
function widthsOf({ op }: QuantNode): readonly number[] {
  switch (op.kind) {
    case 'input':
      return [op.bits];
    case 'relu':
    case 'leaky-relu':
      return op.quotientBits
        .filter((_, channel) => op.sign[channel] === 'any')
        .map(bits => bits + op.shiftBits + 1);
    case 'max-pool2d':
      return op.differenceBits.map(bits => bits + 1);
    case 'argmax':
      return [op.differenceBits + 1];
    default:
      return [];
  }
}
