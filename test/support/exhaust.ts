/**
 * Tiny-field exhaustion: every solution of a constraint system over a small prime, by backtracking; and the witnesses
 * that satisfy an ACIR program, by trying them all. What one stage proves must be what the other states.
 */
import type { Circuit, Expression, Opcode, Program, WitnessFrame } from '../../src/acir/types.ts';
import { mod } from '../../src/field/index.ts';
import { applyDefinitions, type CoefficientTable, type Definitions } from '../../src/r1cs/index.ts';
import type { ConstraintSystem, SparseRows } from '../../src/r1cs/types.ts';

/** Calls `visit` with every assignment of the wires that satisfies the system; `fixed` wires keep their value 0. */
export function forEachSolution(
  system: ConstraintSystem,
  visit: (wires: readonly bigint[]) => void,
  fixed: ReadonlySet<number> = new Set(),
): void {
  const order = orderWires(system, fixed);
  const ready = rowsReadyAt(system, order);
  const wires = new Array<bigint>(system.wireCount).fill(0n);
  wires[0] = 1n;
  const assign = (depth: number): void => {
    for (const row of ready[depth] ?? []) if (!isSatisfied(system, wires, row)) return;
    if (depth === order.length) {
      visit(wires);
      return;
    }
    for (let value = 0n; value < system.prime; value++) {
      wires[order[depth] ?? 0] = value;
      assign(depth + 1);
    }
  };
  assign(0);
}

/** All solutions, as sorted texts of the values of the given wires. */
export function solutionsOf(system: ConstraintSystem, onWires: readonly number[]): string[] {
  const found = new Set<string>();
  forEachSolution(system, wires => found.add(onWires.map(wire => wires[wire]).join(' ')));
  return [...found].sort();
}

/** All solutions of a simplified system on the wires of the system before, through the definitions. */
export function expandedSolutions(
  system: ConstraintSystem,
  table: CoefficientTable,
  definitions: readonly Definitions[],
): string[] {
  const found = new Set<string>();
  const defined = new Set(definitions.flatMap(({ wires }) => [...wires]));
  forEachSolution(
    system,
    wires => {
      const values = [...wires];
      for (const definition of definitions.toReversed()) applyDefinitions(definition, table, values);
      found.add(values.slice(1).join(' '));
    },
    defined,
  );
  return [...found].sort();
}

/** Wires in the order of first use by rows, so that rows can be checked early. */
function orderWires(system: ConstraintSystem, fixed: ReadonlySet<number>): number[] {
  const order = new Set<number>();
  for (let row = 0; row < system.constraintCount; row++) {
    for (const wire of wiresOfRow(system, row)) if (!fixed.has(wire)) order.add(wire);
  }
  for (let wire = 1; wire < system.wireCount; wire++) if (!fixed.has(wire)) order.add(wire);
  return [...order];
}

function rowsReadyAt(system: ConstraintSystem, order: readonly number[]): number[][] {
  const depthOf = new Map(order.map((wire, depth) => [wire, depth + 1] as const));
  const ready: number[][] = Array.from({ length: order.length + 1 }, () => []);
  for (let row = 0; row < system.constraintCount; row++) {
    const depth = Math.max(0, ...wiresOfRow(system, row).map(wire => depthOf.get(wire) ?? 0));
    ready[depth]?.push(row);
  }
  return ready;
}

function wiresOfRow(system: ConstraintSystem, row: number): number[] {
  return [system.a, system.b, system.c]
    .flatMap(({ rowStarts, wires }) => [...wires.subarray(rowStarts[row], rowStarts[row + 1])])
    .filter(wire => wire !== 0);
}

function isSatisfied(system: ConstraintSystem, wires: readonly bigint[], row: number): boolean {
  const value = ({ rowStarts, wires: columns, coefficientIds }: SparseRows): bigint => {
    let sum = 0n;
    for (let k = rowStarts[row] ?? 0; k < (rowStarts[row + 1] ?? 0); k++)
      sum += (wires[columns[k] ?? 0] ?? 0n) * (system.coefficients[coefficientIds[k] ?? 0] ?? 0n);
    return sum;
  };
  return mod(value(system.a) * value(system.b) - value(system.c), system.prime) === 0n;
}

/** A satisfying assignment of main: its witnesses, and one witness stack that has them. */
export interface Satisfying {
  readonly witnesses: readonly bigint[];
  readonly stack: readonly WitnessFrame[];
}

/**
 * The assignments of main's witnesses 0..count-1 that satisfy a program. Callees are solved by trying all their
 * witnesses. Understands AssertZero, RANGE, AND, XOR, memory, BrilligCall and Call.
 */
export function satisfyingWitnesses(program: Program, prime: bigint, count: number): Satisfying[] {
  const found: Satisfying[] = [];
  forEachAssignment(program, prime, { functionIndex: 0, first: [], count }, values => {
    const stack = run(program, prime, 0, values);
    if (stack !== undefined) found.push({ witnesses: [...values], stack });
  });
  return found;
}

interface Assignments {
  readonly functionIndex: number;
  /** Values of the first witnesses. */
  readonly first: readonly bigint[];
  readonly count: number;
}

/** Tries all values of a function's witnesses, but for those that break an opcode of witnesses that have their values already. */
function forEachAssignment(
  program: Program,
  prime: bigint,
  { functionIndex, first, count }: Assignments,
  visit: (values: bigint[]) => void,
): void {
  const circuit = program.functions[functionIndex] as Circuit;
  const values = [...first, ...new Array<bigint>(Math.max(0, count - first.length)).fill(0n)];
  const frame: Frame = { program, prime, values, memory: new Map(), stack: [] };
  const ready: Opcode[][] = Array.from({ length: count + 1 }, () => []);
  for (const opcode of circuit.opcodes) {
    if (opcode.kind !== 'assert-zero' && opcode.kind !== 'black-box') continue;
    ready[Math.max(first.length, ...witnessesOf(opcode).map(witness => witness + 1))]?.push(opcode);
  }
  const assign = (index: number): void => {
    if (!(ready[index] ?? []).every(opcode => opcodeHolds(frame, opcode))) return;
    if (index >= count) {
      visit(values);
      return;
    }
    for (let value = 0n; value < prime; value++) {
      values[index] = value;
      assign(index + 1);
    }
  };
  assign(first.length);
}

interface Frame {
  readonly program: Program;
  readonly prime: bigint;
  readonly values: readonly bigint[];
  readonly memory: Map<number, bigint[]>;
  /** Frames of callees that completed. */
  readonly stack: WitnessFrame[];
}

/** The frames of a run with these witnesses, or undefined when an opcode does not hold. */
function run(
  program: Program,
  prime: bigint,
  functionIndex: number,
  values: readonly bigint[],
): WitnessFrame[] | undefined {
  const circuit = program.functions[functionIndex] as Circuit;
  const frame: Frame = { program, prime, values, memory: new Map(), stack: [] };
  if (!circuit.opcodes.every(opcode => opcodeHolds(frame, opcode))) return undefined;
  const witnesses = new Map(values.map((value, index) => [index, value] as const));
  return [...frame.stack, { functionIndex, witnesses }];
}

function opcodeHolds(frame: Frame, opcode: Opcode): boolean {
  const { values, prime } = frame;
  switch (opcode.kind) {
    case 'assert-zero':
      return evaluate(opcode.expression, values, prime) === 0n;
    case 'black-box': {
      const { call } = opcode;
      const input = (from: { kind: string; value?: bigint; witness?: number }): bigint =>
        from.kind === 'constant' ? (from.value ?? 0n) : (values[from.witness ?? 0] ?? 0n);
      if (call.name === 'range') return input(call.input) < 2n ** BigInt(call.bits);
      if (call.name !== 'and' && call.name !== 'xor') throw new Error(`no reference for ${call.name}`);
      const [left, right, limit] = [input(call.left), input(call.right), 2n ** BigInt(call.bits)];
      const result = call.name === 'and' ? left & right : left ^ right;
      return left < limit && right < limit && mod(result, prime) === values[call.output];
    }
    case 'brillig-call':
    case 'to-le-radix':
      return true;
    case 'memory-init':
      frame.memory.set(
        opcode.block,
        opcode.init.map(witness => values[witness] ?? 0n),
      );
      return true;
    case 'memory-op':
      return memoryHolds(frame, opcode);
    case 'call':
      return callHolds(frame, opcode);
    default:
      throw new Error(`no reference for ${opcode satisfies never}`);
  }
}

function memoryHolds(frame: Frame, opcode: Extract<Opcode, { kind: 'memory-op' }>): boolean {
  const cells = frame.memory.get(opcode.block) ?? [];
  const index = Number(evaluate(opcode.index, frame.values, frame.prime));
  const value = evaluate(opcode.value, frame.values, frame.prime);
  if (index >= cells.length) return false;
  if (!opcode.write) return cells[index] === value;
  cells[index] = value;
  return true;
}

function callHolds(frame: Frame, opcode: Extract<Opcode, { kind: 'call' }>): boolean {
  const { program, prime, values } = frame;
  const predicate = evaluate(opcode.predicate, values, prime);
  const outputs = opcode.outputs.map(output => values[output] ?? 0n);
  if (predicate === 0n) return outputs.every(value => value === 0n);
  if (predicate !== 1n) return false;
  const callee = program.functions[opcode.id] as Circuit;
  const inputs = opcode.inputs.map(input => values[input] ?? 0n);
  let found = false;
  const all = { functionIndex: opcode.id, first: inputs, count: witnessCount(callee) };
  forEachAssignment(program, prime, all, values => {
    if (found || !callee.returnValues.every((witness, index) => values[witness] === outputs[index])) return;
    const stack = run(program, prime, opcode.id, values);
    if (stack === undefined) return;
    frame.stack.push(...stack);
    found = true;
  });
  return found;
}

/** Witnesses of a function, without gaps: one more than the highest that it names. */
export function witnessCount(circuit: Circuit): number {
  const named = [...circuit.privateParameters, ...circuit.publicParameters, ...circuit.returnValues];
  const used = circuit.opcodes.flatMap(opcode => witnessesOf(opcode));
  return Math.max(-1, ...named, ...used) + 1;
}

function witnessesOf(opcode: Opcode): number[] {
  switch (opcode.kind) {
    case 'assert-zero':
      return inExpression(opcode.expression);
    case 'brillig-call':
      return opcode.outputs.flatMap(output =>
        output.kind === 'simple' ? [output.witness] : [...output.witnesses],
      );
    case 'call':
      return [...opcode.inputs, ...opcode.outputs, ...inExpression(opcode.predicate)];
    case 'memory-init':
      return [...opcode.init];
    case 'memory-op':
      return [...inExpression(opcode.index), ...inExpression(opcode.value)];
    case 'black-box': {
      const { call } = opcode;
      const inputs = 'input' in call && typeof call.input === 'object' ? [call.input] : [];
      const sides = call.name === 'and' || call.name === 'xor' ? [call.left, call.right] : [];
      const output = call.name === 'and' || call.name === 'xor' ? [call.output] : [];
      return [
        ...output,
        ...[...inputs, ...sides].flatMap(side => (side.kind === 'witness' ? [side.witness] : [])),
      ];
    }
    default:
      return [];
  }
}

function inExpression({ mulTerms, linear }: Expression): number[] {
  return [...mulTerms.flatMap(({ left, right }) => [left, right]), ...linear.witnesses];
}

function evaluate(expression: Expression, values: readonly bigint[], prime: bigint): bigint {
  let sum = expression.constant;
  for (const { coefficient, left, right } of expression.mulTerms)
    sum += coefficient * (values[left] ?? 0n) * (values[right] ?? 0n);
  expression.linear.witnesses.forEach((witness, index) => {
    sum += (expression.linear.coefficients[index] ?? 0n) * (values[witness] ?? 0n);
  });
  return mod(sum, prime);
}
