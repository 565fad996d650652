/** Sums of products of hubs with forms of values: see QuantBilinearOp. */
import { accumulateRows } from '../../graph/index.ts';
import { type Arithmetic, type Cells, NUMBERS } from '../arithmetic.ts';
import { formBounds, magnitude } from '../bounds.ts';
import { FREE } from '../costs.ts';
import { BIGINTS, isCount, isInt32Array } from '../field-checks.ts';
import type { KernelContext, Operand } from '../kernel-tools.ts';
import type { QuantNode } from '../types.ts';
import type { QuantBilinearOp } from './bilinear-types.ts';
import type { QuantDefinition } from './definition.ts';
import { isLanes, packedColumns, printLanes } from './lanes.ts';

/**
 * Terms from which on a form is a wire with a row of its own, rather than written out in its product: what it then adds to
 * the product outweighs the constraint and the wire (src/r1cs/passes/cost-model.ts).
 */
const FORM_TERMS_MAX = 141;

export const bilinear: QuantDefinition<QuantBilinearOp> = {
  compute: (context, op) => sumsOfProducts(context, op),
  largestPartial: (op, [hubs, values]) => {
    const [hubMost, form] = [magnitudeOf(hubs), formMagnitude(op, values)];
    return Number(maximumOf(form, form * hubMost * BigInt(hubCountOf(op))));
  },
  print: op =>
    [`${op.cells} cells of ${op.units}`, printLanes(op.lanes)].filter(text => text !== '').join(', '),
  fields: { cells: isCount, units: isCount, kernel: isInt32Array, bias: BIGINTS, lanes: isLanes },
  lengths: (op, node) => [
    [op.cells * op.units, node.shape[0] ?? 0],
    [op.bias.length % (op.cells * op.units), 0],
    [op.kernel.length % op.bias.length, 0],
  ],
  cost: (_estimation, { op }) => {
    const products = op.cells * packedColumns(op.lanes, op.units) * hubCountOf(op);
    const valueCount = op.kernel.length / op.bias.length;
    return { ...FREE, gadgetCount: products, rowCount: products * (valueCount < FORM_TERMS_MAX ? 1 : 2) };
  },
};

/** Hubs of a cell. */
export function hubCountOf({
  bias,
  cells,
  units,
}: Pick<QuantBilinearOp, 'bias' | 'cells' | 'units'>): number {
  return bias.length / (cells * units);
}

function magnitudeOf(node: QuantNode | undefined): bigint {
  return node === undefined ? 0n : magnitude(node.bounds);
}

function formMagnitude(op: QuantBilinearOp, values: QuantNode | undefined): bigint {
  return values === undefined ? 0n : magnitude(formBounds(op, values.bounds));
}

function maximumOf(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}

function sumsOfProducts<T>({ arithmetic, operands }: KernelContext<T>, op: QuantBilinearOp): Cells<T> {
  const [hubs, values] = operands as readonly [Operand<T>, Operand<T>];
  const forms = formsOf(arithmetic, op, values);
  const hubCount = hubCountOf(op);
  const y = arithmetic.make(op.cells * op.units);
  for (let form = 0; form < forms.length; form++) {
    const sum = Math.floor(form / hubCount);
    const hub = hubs.cells[Math.floor(sum / op.units) * hubCount + (form % hubCount)] as T;
    y[sum] = arithmetic.add(y[sum] as T, arithmetic.multiply(hub, forms[form] as T));
  }
  return y;
}

/** The forms, one for each sum and hub. */
function formsOf<T>(arithmetic: Arithmetic<T>, op: QuantBilinearOp, values: Operand<T>): Cells<T> {
  if ((arithmetic as unknown) === NUMBERS)
    return formsInNumbers(op, values as Operand<number>) as Cells<unknown> as Cells<T>; // T is number then
  const { kernel, bias, cells } = op;
  const valueCount = kernel.length / bias.length;
  const forms = arithmetic.make(bias.length);
  for (let form = 0; form < bias.length; form++) {
    const cell = Math.floor((form * cells) / bias.length);
    let sum = arithmetic.from(bias[form] ?? 0n);
    for (let i = 0; i < valueCount; i++) {
      const weight = arithmetic.from(BigInt(kernel[i * bias.length + form] ?? 0));
      sum = arithmetic.add(sum, arithmetic.multiply(weight, values.cells[cell * valueCount + i] as T));
    }
    forms[form] = sum;
  }
  return forms;
}

function formsInNumbers({ kernel, bias, cells }: QuantBilinearOp, values: Operand<number>): Float64Array {
  const forms = Float64Array.from(bias, Number);
  const count = bias.length / cells;
  const cellCount = kernel.length / bias.length;
  const rows = { sums: forms, cells: values.cells, weights: kernel, cellCount, step: bias.length, count };
  for (let cell = 0; cell < cells; cell++)
    accumulateRows(rows, { sum: cell * count, cell: cell * cellCount, weight: cell * count });
  return forms;
}
