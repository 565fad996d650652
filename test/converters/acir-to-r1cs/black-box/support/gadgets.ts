/** Gadgets alone, without an opcode: rows before simplification, solved and judged. */
import {
  createBuilder,
  type GadgetBuilder,
  witnessForm,
} from '../../../../../converters/acir-to-r1cs/builder.ts';
import { mergeDecompositions } from '../../../../../converters/acir-to-r1cs/decompositions.ts';
import { emitRows } from '../../../../../converters/acir-to-r1cs/emit-rows.ts';
import type { Form } from '../../../../../converters/acir-to-r1cs/forms.ts';
import { assignWitness } from '../../../../../converters/acir-to-r1cs/gadgets.ts';
import { instantiate } from '../../../../../converters/acir-to-r1cs/instantiate.ts';
import { createTemplate } from '../../../../../converters/acir-to-r1cs/template.ts';
import { acirWitness } from '../../../../../src/acir/index.ts';
import {
  checkWitness,
  createCoefficientTable,
  finishRows,
  finishU32,
} from '../../../../../src/r1cs/index.ts';
import type { ConstraintSystem } from '../../../../../src/r1cs/types.ts';
import { solveWires } from '../../../../../src/witness/index.ts';
import type { Recipe } from '../../../../../src/witness/types.ts';
import { P } from './curves.ts';

export interface LoweredGadget {
  readonly system: ConstraintSystem;
  /** Tells whether inputs and then outputs satisfy the rows, with the solver's inner values. */
  readonly accepts: (values: readonly bigint[]) => boolean;
}

/** Lowers a function from input forms to output forms; both are public. */
export function lowerGadget(
  inputCount: number,
  make: (builder: GadgetBuilder, inputs: readonly Form[]) => readonly Form[],
): LoweredGadget {
  const table = createCoefficientTable(P);
  const circuit = { name: 'gadget', opcodes: [], privateParameters: [], publicParameters: [] };
  const origins = {
    list: [],
    ids: new Map(),
    locate: () => [],
    describe: () => ({}),
    functionNames: ['gadget'],
  };
  const template = createTemplate(table, 0);
  const builder = createBuilder({
    table,
    origins: origins as never, // provenance is not looked at
    circuit: { ...circuit, returnValues: [], assertMessages: [] },
    template,
    gated: false,
  });
  const inputs = Array.from({ length: inputCount }, (_, index) => witnessForm(builder, index));
  const outputs = make(builder, inputs);
  outputs.forEach((form, index) => {
    assignWitness(builder, acirWitness(inputCount + index), form);
  });
  const publics = Array.from({ length: inputCount + outputs.length }, (_, index) => index);
  const { assembly, calls } = instantiate(template, publics);
  const system = emitRows(assembly, mergeDecompositions(assembly, table).bits, table, { provenance: [] });
  const { copies, steps, classes } = assembly;
  const slotCount = classes.parents.length;
  const recipe: Recipe = {
    prime: P,
    slotCount,
    wireSlots: Uint32Array.from({ length: slotCount }, (_, slot) => slot),
    calls,
    copies: {
      slots: finishU32(copies.slots),
      instances: finishU32(copies.instances),
      witnesses: finishU32(copies.witnesses),
    },
    steps: {
      kinds: Uint8Array.from(finishU32(steps.kinds)),
      operands: finishU32(steps.operands),
      firsts: finishU32(steps.firsts),
      sizes: finishU32(steps.sizes),
      parameters: finishU32(steps.parameters),
      forms: finishRows(steps.forms),
      coefficients: table.values,
    },
  };
  const accepts = (values: readonly bigint[]): boolean => {
    const witnesses = new Map(values.map((value, index) => [index, value]));
    const wires = solveWires(recipe, [{ functionIndex: 0, witnesses }]);
    return checkWitness(system, wires) === undefined;
  };
  return { system, accepts };
}
