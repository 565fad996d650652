/**
 * Lowers Call: the callee is lowered once (see lower-function.ts); here inputs, outputs and the gate are tied.
 *
 * With predicate 1 ports are identified: no row. With predicate 0 the outputs are 0 and the callee vanishes. Otherwise
 * the callee is *gated*: its checks hold only when the gate is 1, its definitions always. The gate is the predicate,
 * times the caller's own gate. Outputs are gate * callee output, which is 0 when the call is off, as in ACVM.
 */
import type { Call, Expression } from '../../src/acir/types.ts';
import { BionoirError } from '../../src/errors.ts';
import {
  type GadgetBuilder,
  originIdOf,
  placeholder,
  placeOf,
  witnessForm,
  witnessSignal,
} from './builder.ts';
import { constantOf, type Form, signalForm, signalOf, ZERO_FORM } from './forms.ts';
import { assertBoolean, assignWitness, define, expressionForm, product } from './gadgets.ts';
import type { Template } from './template.ts';

/** Gives the callee's template for constant arguments (undefined: not constant). */
export type TemplateOf = (
  functionIndex: number,
  variant: { readonly gated: boolean; readonly constants: readonly (bigint | undefined)[] },
) => Template;

/**
 * Proves: outputs = callee(inputs) when the predicate is 1, outputs = 0 when it is 0, and that it is 0 or 1.
 * @throws BionoirError MALFORMED_PROGRAM when arguments or results are not as many as the callee's: one that is missing
 *   would be tied to the constant one, one too many would be free.
 */
export function lowerCall(builder: GadgetBuilder, call: Call, templateOf: TemplateOf): void {
  const predicate = expressionForm(builder, call.predicate);
  const inputs = call.inputs.map(witness => witnessForm(builder, witness));
  const constants = inputs.map(constantOf);
  if (constantOf(predicate) === 0n) {
    for (const output of call.outputs) assignWitness(builder, output, ZERO_FORM);
    return;
  }
  assertBoolean(builder, predicate);
  const gate = builder.gate === undefined ? predicate : product(builder, builder.gate, predicate);
  const isGated = constantOf(gate) !== 1n;
  const template = templateOf(call.id, { gated: isGated, constants });
  assertCount(builder, call, 'arguments', call.inputs.length, template.parameters.length);
  assertCount(builder, call, 'results', call.outputs.length, template.returns.length);
  const results = call.outputs.map(output => resultSignal(builder, output, isGated));
  builder.template.calls.push({
    template,
    inputs: call.inputs.map(witness => witnessSignal(builder, witness)),
    outputs: results,
    ...(isGated ? { gate: singleSignal(builder, gate) } : {}),
    ...(constantOf(predicate) === 1n ? {} : { predicate: call.predicate as Expression }),
    stepPosition: builder.template.steps.kinds.length,
    provenanceId: originIdOf(builder),
  });
  if (isGated) {
    call.outputs.forEach((output, index) => {
      const result = signalForm(results[index] ?? 0);
      assignWitness(builder, output, product(builder, gate, result));
    });
  }
}

/** Always on: the output witness itself. Gated: a fresh signal, which assembly ties to the callee's return value. */
function resultSignal(builder: GadgetBuilder, output: number, isGated: boolean): number {
  return isGated ? placeholder(builder) : witnessSignal(builder, output);
}

function singleSignal(builder: GadgetBuilder, gate: Form): number {
  return signalOf(gate) ?? signalOf(define(builder, gate)) ?? 0;
}

function assertCount(
  builder: GadgetBuilder,
  { id }: Call,
  what: string,
  given: number,
  wanted: number,
): void {
  if (given === wanted) return;
  const place = placeOf(builder);
  throw new BionoirError(
    'MALFORMED_PROGRAM',
    `A call of function ${id} has ${given} ${what} instead of ${wanted}: ${place}. Compile the program again.`,
    { location: place, details: { functionIndex: id, what, given, wanted } },
  );
}
