/** Gadgets on their own, over a field small enough to try every value of every signal. */
import assert from 'node:assert/strict';
import {
  createBuilder,
  type GadgetBuilder,
  witnessForm,
} from '../../../../../converters/acir-to-r1cs/builder.ts';
import { constantForm, type Form } from '../../../../../converters/acir-to-r1cs/forms.ts';
import { placeOfStack } from '../../../../../converters/acir-to-r1cs/origin.ts';
import { createTemplate, type Template } from '../../../../../converters/acir-to-r1cs/template.ts';
import {
  at,
  type CoefficientTable,
  createCoefficientTable,
  type RowBuffer,
} from '../../../../../src/r1cs/index.ts';

/** Large enough that no factor of a Boolean function's row vanishes. */
const PRIME = 31n;

export type Gadget = (builder: GadgetBuilder, inputs: readonly Form[]) => Form;

/** Values by signal, as far as they are chosen. */
type Values = readonly (bigint | undefined)[];

export interface Probe {
  readonly rowCount: number;
  /** Values of the result in all solutions of the rows for these inputs. */
  readonly solutions: (inputs: readonly number[]) => bigint[];
}

/** Lowers a gadget; undefined stands for a variable input, a number for a constant one. */
export function probeGadget(gadget: Gadget, constants: readonly (number | undefined)[]): Probe {
  const table = createCoefficientTable(PRIME);
  const template = createTemplate(table, 0);
  const builder = emptyBuilder(table, template);
  const inputs = constants.map((value, index) =>
    value === undefined ? witnessForm(builder, index) : constantForm(PRIME, BigInt(value)),
  );
  const result = gadget(builder, inputs);
  const rowCount = template.rows.provenanceIds.length;
  return {
    rowCount,
    solutions: values => {
      const start: (bigint | undefined)[] = [1n];
      inputs.forEach((form, index) => {
        if (constants[index] === undefined) start[form.signals[0] ?? 0] = BigInt(values[index] ?? 0);
      });
      let partial: Values[] = [start];
      for (let row = 0; row < rowCount; row++)
        partial = partial.flatMap(known => extend({ table, template }, known, row));
      return partial.map(known => evaluateForm(result, known));
    },
  };
}

function emptyBuilder(table: CoefficientTable, template: Template): GadgetBuilder {
  const circuit = {
    name: 'main',
    opcodes: [],
    privateParameters: [],
    publicParameters: [],
    returnValues: [],
    assertMessages: [],
  };
  const origins = { list: [], ids: new Map(), locate: () => [], describe: placeOfStack, functionNames: [] };
  return createBuilder({ table, origins, circuit, template, gated: false });
}

interface Rows {
  readonly table: CoefficientTable;
  readonly template: Template;
}

/** Returns every choice for the row's new signal that satisfies it; each row of a definition has exactly one. */
function extend({ table, template }: Rows, known: Values, row: number): Values[] {
  const sides = [template.rows.a, template.rows.b, template.rows.c];
  const unknown = new Set(
    sides.flatMap(side => signalsOf(side, row)).filter(signal => known[signal] === undefined),
  );
  assert.equal(unknown.size, 1);
  const [signal = 0] = unknown;
  const withValue = (value: bigint): Values => {
    const next = [...known];
    next[signal] = value;
    return next;
  };
  // Sides are affine in the new signal, so two values tell all.
  const [at0, at1] = [withValue(0n), withValue(1n)].map(values =>
    sides.map(side => evaluateSide(table, side, { row, values })),
  );
  const solutions = Array.from({ length: Number(PRIME) }, (_, value) => BigInt(value)).filter(value => {
    const [a = 0n, b = 0n, c = 0n] = sides.map((_, side) => {
      const constant = at0?.[side] ?? 0n;
      return constant + value * ((at1?.[side] ?? 0n) - constant);
    });
    return (a * b - c) % PRIME === 0n;
  });
  return solutions.map(withValue);
}

function signalsOf({ starts, wires }: RowBuffer, row: number): number[] {
  return Array.from(wires.data.subarray(at(starts.data, row), at(starts.data, row + 1)));
}

function evaluateSide(
  table: CoefficientTable,
  side: RowBuffer,
  { row, values }: { readonly row: number; readonly values: Values },
): bigint {
  const start = at(side.starts.data, row);
  const ids = signalsOf(side, row).map((_, index) => at(side.coefficientIds.data, start + index));
  return evaluateForm(
    { signals: signalsOf(side, row), coefficients: ids.map(id => table.values[id] ?? 0n) },
    values,
  );
}

function evaluateForm({ signals, coefficients }: Form, values: Values): bigint {
  const sum = signals.reduce(
    (total, signal, index) => total + (values[signal] ?? 0n) * (coefficients[index] ?? 0n),
    0n,
  );
  return sum % PRIME;
}
