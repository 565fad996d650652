/** Sums of products of hubs with forms of values: see QuantBilinearOp. */
import { accumulateRows } from '../../graph/index.ts';
import { type Arithmetic, BIGINTS, type Cells, NUMBERS } from '../arithmetic.ts';
import { formBounds, magnitude } from '../bounds.ts';
import { FREE } from '../costs.ts';
import { isCount, isInt32Array, BIGINTS as LIST_OF_BIGINTS } from '../field-checks.ts';
import { SAFE_LIMIT } from '../integers.ts';
import type { KernelContext, Operand } from '../kernel-tools.ts';
import type { LinearProducts } from '../linear-products.ts';
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
  fields: { cells: isCount, units: isCount, kernel: isInt32Array, bias: LIST_OF_BIGINTS, lanes: isLanes },
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
  return timesHubs(arithmetic, op, { hubs, forms: formsOf(arithmetic, op, values) });
}

/** The sums, from the forms. */
export function timesHubs<T>(
  arithmetic: Arithmetic<T>,
  op: QuantBilinearOp,
  { hubs, forms }: { readonly hubs: Operand<T>; readonly forms: Cells<T> },
): Cells<T> {
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

/** Whether doubles hold the forms and all of their partial sums, whatever the sums of products are. */
export function areFormsSafe({ kernel, bias }: QuantBilinearOp, values: QuantNode | undefined): boolean {
  const weight = kernel.reduce((most, each) => Math.max(most, Math.abs(each)), 0);
  const offset = Number(bias.reduce((most, each) => maximumOf(most, each < 0n ? -each : each), 0n));
  const gain = (weight * kernel.length) / bias.length;
  return Number(magnitudeOf(values)) * gain + offset < SAFE_LIMIT;
}

/** The sums in bigints, the forms in doubles: {@link areFormsSafe} must hold. */
export function sumsOfSafeForms(
  op: QuantBilinearOp,
  [hubs, values]: readonly [Operand<bigint>, Operand<bigint>],
): Cells<bigint> {
  const cells = Float64Array.from(values.cells, Number);
  const forms = Array.from(formsInNumbers(op, { shape: values.shape, cells }), BigInt);
  return timesHubs(BIGINTS, op, { hubs, forms });
}

function formsInNumbers(op: QuantBilinearOp, values: Operand<number>): Float64Array {
  const forms = Float64Array.from(op.bias, Number);
  const { layout, visit } = formProducts(op);
  const rows = { ...layout, sums: forms, cells: values.cells };
  visit(start => accumulateRows(rows, start));
  return forms;
}

/** The products of the forms, those of a convolution of a group a cell. */
export function formProducts({ kernel, bias, cells }: QuantBilinearOp): LinearProducts {
  const count = bias.length / cells;
  const cellCount = kernel.length / bias.length;
  return {
    layout: { weights: kernel, cellCount, step: bias.length, count },
    visit: add => {
      for (let cell = 0; cell < cells; cell++)
        add({ sum: cell * count, cell: cell * cellCount, weight: cell * count });
    },
  };
}
