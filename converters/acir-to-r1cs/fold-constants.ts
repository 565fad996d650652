/**
 * Follows constants through unconstrained code: where a call of an unconstrained function gets constants only, its results
 * are pinned to what it gives for them.
 *
 *     the window of a convolution whose only weight meets padding: 0 * w = 0;  relu(0): y, q, r = hint(0);  y * (y - q) = 0 ...
 *
 * Soundness: pinning adds a constraint w = c, so that no more is provable than before. Completeness: the function is
 * deterministic (those that ask an oracle are left alone), so that every solver finds these very values. It spares the rows
 * of gadgets on constants, and tells apart what constants determine from what the prover may choose
 * (under-constrained.ts).
 *
 * Which signals are constant is known only once calls are tied: a folded function is lowered once for all windows. Switched
 * functions (gated, see gadgets.ts) are left alone: what is off need not be solved.
 */
import type { AssertZero, BrilligCall, Circuit, Expression, Opcode, Program } from '../../src/acir/types.ts';
import { invertOrZero, mod } from '../../src/field/index.ts';
import { at, type CoefficientTable, coefficientOf, intern } from '../../src/r1cs/index.ts';
import { type Assembly, type Instance, pinSignal } from './instantiate.ts';
import { addOrigin, type Origins } from './origin.ts';
import { pinnedConstant, representativeOf } from './signal-classes.ts';
import type { Template } from './template.ts';

/** Gives what an unconstrained function returns; undefined where it stops, or asks an oracle. */
export type ProbeFunction = (id: number, ...inputs: readonly bigint[]) => readonly bigint[] | undefined;

/** What folding needs to know of the program. */
export interface FoldContext {
  readonly program: Program;
  readonly table: CoefficientTable;
  readonly origins: Origins;
  readonly probe: ProbeFunction;
}

/** Pins what constants determine, until nothing is found. */
export function foldConstants(assembly: Assembly, context: FoldContext): void {
  const signalsOf = new Map<Template, Uint32Array>();
  const known = new Map<string, readonly bigint[] | undefined>();
  for (let isChanged = true; isChanged; ) {
    isChanged = false;
    for (const instance of assembly.instances) {
      const { template } = instance;
      const circuit = context.program.functions[template.functionIndex];
      if (
        circuit === undefined ||
        template.gate !== undefined ||
        !meetsConstants(assembly, instance, circuit)
      )
        continue;
      const signals = signalsOf.get(template) ?? signalsByWitness(template);
      signalsOf.set(template, signals);
      const folding = { ...context, assembly, instance, signals, known };
      if (foldInstance(folding, circuit)) isChanged = true;
    }
  }
}

interface Folding extends FoldContext {
  readonly assembly: Assembly;
  readonly instance: Instance;
  /** By witness: the template's signal, or 0. */
  readonly signals: Uint32Array;
  /** Results by function and inputs. */
  readonly known: Map<string, readonly bigint[] | undefined>;
}

/** Whether an argument of the call is constant, or the function has constants of its own. */
function meetsConstants({ classes }: Assembly, { template, map }: Instance, { opcodes }: Circuit): boolean {
  if (template.constants.length > 0) return true;
  const isPinned = (parameter: number): boolean =>
    pinnedConstant(classes, representativeOf(classes, at(map, parameter))) !== 0;
  return template.parameters.some(isPinned) || opcodes.some(takesConstantsOnly);
}

function takesConstantsOnly(opcode: Opcode): boolean {
  if (opcode.kind !== 'brillig-call') return false;
  return opcode.inputs.every(input => {
    const expressions =
      input.kind === 'memory' ? undefined : input.kind === 'single' ? [input.expression] : input.expressions;
    return expressions?.every(
      ({ linear, mulTerms }) => linear.witnesses.length === 0 && mulTerms.length === 0,
    );
  });
}

function signalsByWitness({ signalCount, witnessOf }: Template): Uint32Array {
  let count = 0;
  for (let signal = 1; signal < signalCount; signal++) count = Math.max(count, at(witnessOf.data, signal));
  const signals = new Uint32Array(count);
  for (let signal = signalCount - 1; signal > 0; signal--) {
    const witness = at(witnessOf.data, signal);
    if (witness !== 0) signals[witness - 1] = signal;
  }
  return signals;
}

function foldInstance(folding: Folding, { opcodes }: Circuit): boolean {
  let isChanged = false;
  opcodes.forEach((opcode, opcodeIndex) => {
    const isFolded =
      (opcode.kind === 'brillig-call' && foldHint(folding, opcode, opcodeIndex)) ||
      (opcode.kind === 'assert-zero' && foldLinear(folding, opcode, opcodeIndex));
    if (isFolded) isChanged = true;
  });
  return isChanged;
}

/** Pins the results of a call whose inputs are constant. Returns whether anything is new. */
function foldHint(
  folding: Folding,
  { id, inputs, outputs, predicate }: BrilligCall,
  opcodeIndex: number,
): boolean {
  const witnesses = outputs.flatMap(output =>
    output.kind === 'simple' ? [output.witness] : output.witnesses,
  );
  if (witnesses.every(witness => pinnedValue(folding, witness) !== undefined)) return false;
  if (constantOf(folding, predicate) !== 1n) return false;
  const values: bigint[] = [];
  for (const input of inputs) {
    if (input.kind === 'memory') return false;
    for (const expression of input.kind === 'single' ? [input.expression] : input.expressions) {
      const value = constantOf(folding, expression);
      if (value === undefined) return false;
      values.push(value);
    }
  }
  const key = `${id} ${values.join(' ')}`;
  if (!folding.known.has(key)) folding.known.set(key, folding.probe(id, ...values));
  const results = folding.known.get(key);
  if (results === undefined || results.length !== witnesses.length) return false;
  let isNew = false;
  witnesses.forEach((witness, index) => {
    if (pinWitness(folding, witness, results[index] ?? 0n, opcodeIndex)) isNew = true;
  });
  return isNew;
}

/** Pins the one witness that an equation leaves open, if it stands in no product. Returns whether there is one. */
function foldLinear(folding: Folding, { expression }: AssertZero, opcodeIndex: number): boolean {
  const { linear, mulTerms, constant } = expression;
  const { prime } = folding.table;
  let open = -1;
  let factor = 0n;
  let sum = constant;
  for (let k = 0; k < linear.witnesses.length; k++) {
    const [witness, coefficient] = [linear.witnesses[k] ?? 0, linear.coefficients[k] ?? 0n];
    const value = pinnedValue(folding, witness);
    if (value !== undefined) sum += coefficient * value;
    else if (open >= 0 && open !== witness) return false;
    else [open, factor] = [witness, factor + coefficient];
  }
  for (const { left, right, coefficient } of mulTerms) {
    const product = productOf(folding, left, right);
    if (product === undefined) return false;
    sum += coefficient * product;
  }
  const inverse = invertOrZero(mod(factor, prime), prime);
  return open >= 0 && inverse !== 0n && pinWitness(folding, open, mod(-sum * inverse, prime), opcodeIndex);
}

/** The value of an expression of constants only. */
function constantOf(folding: Folding, { linear, mulTerms, constant }: Expression): bigint | undefined {
  let sum = constant;
  for (let k = 0; k < linear.witnesses.length; k++) {
    const value = pinnedValue(folding, linear.witnesses[k] ?? 0);
    if (value === undefined) return undefined;
    sum += (linear.coefficients[k] ?? 0n) * value;
  }
  for (const { left, right, coefficient } of mulTerms) {
    const product = productOf(folding, left, right);
    if (product === undefined) return undefined;
    sum += coefficient * product;
  }
  return mod(sum, folding.table.prime);
}

/** A product of constants, or with 0. */
function productOf(folding: Folding, left: number, right: number): bigint | undefined {
  const [a, b] = [pinnedValue(folding, left), pinnedValue(folding, right)];
  if (a === 0n || b === 0n) return 0n;
  return a === undefined || b === undefined ? undefined : a * b;
}

function pinnedValue(
  { assembly: { classes }, instance, signals, table }: Folding,
  witness: number,
): bigint | undefined {
  const signal = signals[witness] ?? 0;
  if (signal === 0) return undefined;
  const constant = pinnedConstant(classes, representativeOf(classes, at(instance.map, signal)));
  return constant === 0 ? undefined : coefficientOf(table, constant - 1);
}

function pinWitness(folding: Folding, witness: number, value: bigint, opcodeIndex: number): boolean {
  const { assembly, instance, signals, table, origins } = folding;
  const signal = signals[witness] ?? 0;
  if (signal === 0 || pinnedValue(folding, witness) !== undefined) return false;
  const { functionIndex } = instance.template;
  const provenance = addOrigin(origins, { functionIndex, opcodeIndex, gadget: 'constant' });
  pinSignal(assembly, at(instance.map, signal), intern(table, value), provenance);
  return true;
}
