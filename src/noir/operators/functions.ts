/** Layers that apply a function of one number by a table; see noir-templates/zkml/src/table.nr for what is proved. */
import { type QuantTableOp, segmentBits } from '../../quantize/index.ts';
import { channelsOf, elementwise, type ModuleParts } from '../module-parts.ts';
import { toIdentifier } from '../names.ts';
import { functionText, globalArray } from '../source.ts';
import { pointwise } from '../spatial.ts';
import type { LayerDefinition } from './definition.ts';

export const table: LayerDefinition<QuantTableOp> = {
  summary: op =>
    `${op.label} by a table of ${op.bases.length} segments${Math.max(...op.reachBits) === 0 ? '' : ' that ends in its tails'}`,
  gadget: 'function',
  module: (layer, op) => {
    const names = {
      inside: toIdentifier(op.label, 'function'),
      anywhere: `${toIdentifier(op.label, 'function')}_anywhere`,
    };
    const channels = channelsOf(layer.node.shape);
    const reachAt = (channel: number): number => op.reachBits[op.reachBits.length === 1 ? 0 : channel] ?? 0;
    const wrappers = Array.from({ length: channels }, (_, channel) =>
      reachAt(channel) === 0 ? `${names.inside}({})` : `${names.anywhere}::<${reachAt(channel)}>({})`,
    );
    const functions = [
      ...pointwise(['input'], layer.node.shape, { ...elementwise(wrappers), folded: true }),
      ...(op.reachBits.includes(0)
        ? [op.mirrored ? mirroredText(op, names.inside) : insideText(op, names.inside)]
        : []),
      ...(op.reachBits.some(bits => bits > 0)
        ? [op.mirrored ? mirroredAnywhereText(op, names.anywhere) : anywhereText(op, names.anywhere)]
        : []),
    ];
    return { functions, ...tables(op) };
  },
};

const LINE = 'BASES[place.segment] + SLOPES[place.segment] * place.low';

function insideText(op: QuantTableOp, name: string): string {
  return functionText({
    doc: [`The function at a number whose place lies in the table.`],
    name,
    parameters: [{ name: 'x', type: 'Field' }],
    returns: 'Field',
    body: [`    let place = locate::<${op.lowBits}, ${op.shiftBits}>(x, ${op.first});`, `    ${LINE}`],
  });
}

function anywhereText(op: QuantTableOp, name: string): string {
  const { below, above, aboveSlope } = op;
  const line = aboveSlope === 0n ? `${above}` : lineText(above, aboveSlope);
  return functionText({
    doc: ['The function at any number; U says how far from the table one may lie.'],
    name: `${name}<let U: u32>`,
    parameters: [{ name: 'x', type: 'Field' }],
    returns: 'Field',
    body: [
      `    let place = reach::<U, ${segmentBits(op)}, ${op.lowBits}, ${op.shiftBits}>(x, ${op.first});`,
      `    let value = ${LINE};`,
      `    place.choose(value, ${below}, ${line})`,
    ],
  });
}

/** An even function beside the line: the table holds what it adds to max(0, x). */
function mirroredText(op: QuantTableOp, name: string): string {
  return functionText({
    doc: ['The function at a number whose magnitude lies in the table.'],
    name,
    parameters: [{ name: 'x', type: 'Field' }],
    returns: 'Field',
    body: [
      `    let place = mirror::<${op.lowBits}, ${op.shiftBits}>(x);`,
      `    ${op.aboveSlope} * place.positive + ${LINE}`,
    ],
  });
}

function mirroredAnywhereText(op: QuantTableOp, name: string): string {
  const generics = `U, ${segmentBits(op)}, ${op.lowBits}, ${op.shiftBits}`;
  return functionText({
    doc: ['The function at any number; U says how far from the table its magnitude may lie.'],
    name: `${name}<let U: u32>`,
    parameters: [{ name: 'x', type: 'Field' }],
    returns: 'Field',
    body: [
      `    let (place, turns) = mirror_anywhere::<${generics}>(x);`,
      `    let value = ${LINE};`,
      `    ${op.aboveSlope} * place.positive + value_inside(turns, value)`,
    ],
  });
}

function lineText(constant: bigint, slope: bigint): string {
  const product = slope === 1n ? 'place.t' : `${slope} * place.t`;
  return constant === 0n ? product : `${product} + ${constant}`;
}

function tables({ bases, slopes, lowBits }: QuantTableOp): Omit<ModuleParts, 'functions'> {
  const constant = (name: string, values: readonly bigint[]): string =>
    globalArray(name, [values.length], index => String(values[index]));
  return {
    weightNames: ['BASES', 'SLOPES'],
    weights: [
      `/// The value at the beginning of each segment of ${2 ** lowBits} steps.\n${constant('BASES', bases)}`,
      `/// What each step adds.\n${constant('SLOPES', slopes)}`,
    ],
  };
}
