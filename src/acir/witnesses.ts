/**
 * Which witnesses an opcode mentions, and how: in a constraint, or only as a hint to the solver. Witness numbers have
 * gaps, sometimes most of their range, so nothing here allocates by the highest number.
 */
import { type FieldKind, fieldsOf } from './fields.ts';
import type {
  AcirWitness,
  BrilligInput,
  BrilligOutput,
  Circuit,
  CurvePointInput,
  Expression,
  FunctionInput,
  Opcode,
} from './types.ts';

/** Calls back for each witness of an expression, as often as it occurs. */
export function visitExpression(expression: Expression, visit: (witness: AcirWitness) => void): void {
  for (const { left, right } of expression.mulTerms) {
    visit(left);
    visit(right);
  }
  const { witnesses } = expression.linear;
  for (let i = 0; i < witnesses.length; i++) visit(witnesses[i] as AcirWitness);
}

/** Calls back for each witness that an opcode mentions, as often as it occurs. */
export function visitWitnesses(opcode: Opcode, visit: (witness: AcirWitness) => void): void {
  if (opcode.kind === 'assert-zero') {
    visitExpression(opcode.expression, visit); // the one that must be fast
    return;
  }
  for (const [, kind, value] of fieldsOf(opcode)) (VISITORS[kind] as Visitor<unknown>)(value, visit);
}

/** Tells whether an opcode constrains its witnesses; Brillig and the old directives only compute them. */
export function isConstraint(opcode: Opcode): boolean {
  return opcode.kind !== 'brillig-call' && opcode.kind !== 'to-le-radix';
}

/** Gives the highest witness of a circuit, parameters and return values included, or -1 if it has none. */
export function maxWitness(circuit: Circuit): number {
  let max = -1;
  const visit = (witness: AcirWitness) => {
    if (witness > max) max = witness;
  };
  for (const list of interfaceOf(circuit)) list.forEach(visit);
  for (const opcode of circuit.opcodes) visitWitnesses(opcode, visit);
  return max;
}

/** Gives the witnesses of a circuit, parameters and return values included, ascending and each once. */
export function usedWitnesses(circuit: Circuit): Uint32Array {
  const found = new WitnessCollector();
  for (const list of interfaceOf(circuit)) list.forEach(found.add);
  for (const opcode of circuit.opcodes) visitWitnesses(opcode, found.add);
  return found.sorted();
}

/**
 * Gives the witnesses of a circuit that occur in no constraint, ascending: a prover may choose them freely. Parameters
 * and return values count as used witnesses, not as constraints. An argument or result of a call counts as constrained,
 * whatever the callee does with it.
 */
export function deadWitnesses(circuit: Circuit): Uint32Array {
  const constrained = new WitnessCollector();
  for (const opcode of circuit.opcodes) if (isConstraint(opcode)) visitWitnesses(opcode, constrained.add);
  const alive = constrained.sorted();
  let at = 0;
  return usedWitnesses(circuit).filter(witness => {
    while (at < alive.length && (alive[at] as number) < witness) at++;
    return alive[at] !== witness;
  });
}

function interfaceOf({ privateParameters, publicParameters, returnValues }: Circuit) {
  return [privateParameters, publicParameters, returnValues];
}

/** A growing column; `sorted` gives each entry once. */
class WitnessCollector {
  #entries = new Uint32Array(1024);
  #count = 0;

  readonly add = (witness: AcirWitness): void => {
    if (this.#count === this.#entries.length) {
      const bigger = new Uint32Array(2 * this.#count);
      bigger.set(this.#entries);
      this.#entries = bigger;
    }
    this.#entries[this.#count++] = witness;
  };

  sorted(): Uint32Array {
    const entries = this.#entries.subarray(0, this.#count).sort();
    return entries.filter((witness, i) => i === 0 || witness !== entries[i - 1]);
  }
}

type Visitor<T> = (value: T, visit: (witness: AcirWitness) => void) => void;

const none: Visitor<unknown> = () => {};
const witnesses: Visitor<readonly AcirWitness[]> = (list, visit) => {
  for (const witness of list) visit(witness);
};
const input: Visitor<FunctionInput> = (value, visit) => {
  if (value.kind === 'witness') visit(value.witness);
};
const point: Visitor<CurvePointInput> = ({ x, y, infinite }, visit) => {
  input(x, visit);
  input(y, visit);
  if (infinite !== undefined) input(infinite, visit);
};
const many =
  <T>(item: Visitor<T>): Visitor<readonly T[]> =>
  (list, visit) => {
    for (const value of list) item(value, visit);
  };
const brilligInput: Visitor<BrilligInput> = (value, visit) => {
  if (value.kind === 'single') visitExpression(value.expression, visit);
  if (value.kind === 'array') many(visitExpression)(value.expressions, visit);
};
const brilligOutput: Visitor<BrilligOutput> = (value, visit) =>
  value.kind === 'simple' ? visit(value.witness) : witnesses(value.witnesses, visit);

/** What each field kind mentions; the field tables pair kinds and types. */
const VISITORS = {
  number: none,
  flag: none,
  bytes: none,
  'block-kind': none,
  witness: (witness: AcirWitness, visit: (witness: AcirWitness) => void) => visit(witness),
  witnesses,
  input,
  inputs: many(input),
  'optional-input': input,
  point,
  points: many(point),
  scalars: many(({ low, high }: { readonly low: FunctionInput; readonly high: FunctionInput }, visit) => {
    input(low, visit);
    input(high, visit);
  }),
  expression: visitExpression,
  'brillig-inputs': many(brilligInput),
  'brillig-outputs': many(brilligOutput),
} satisfies Record<FieldKind, unknown>;
