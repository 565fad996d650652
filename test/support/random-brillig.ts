/**
 * Random programs around one unconstrained function: arithmetic of every type, casts, copies, memory through pointers,
 * branches, loops with an end, subroutines, black boxes; at times a wrong type, a division by zero, an address
 * that nothing has used, or a trap. Most run to their end.
 */
import type { SeededRandom } from '../../fixtures/data/random.ts';
import {
  acirWitness,
  type BrilligAddress,
  type BrilligOpcode,
  FIELD_OPERATIONS,
  INTEGER_OPERATIONS,
  ONE_EXPRESSION,
  witnessExpression,
} from '../../src/acir/index.ts';
import type { AcirWitness, Program } from '../../src/acir/types.ts';
import { BN254_SCALAR_PRIME as p } from '../../src/field/index.ts';

const PARAMETERS = 4;
const RESULTS = 6;
const WIDTHS = [1, 8, 16, 32, 64, 128] as const;
/** Cells: the stack pointer, pointers and sizes, calldata, variables (some by the stack), an array, results. */
const CALLDATA = 10;
const VARIABLES = 20;
const STACK = 200;
const ARRAY = 300;
const ARRAY_SIZE = 8;
const OUTPUT = 400;

type Type = 'field' | number;

interface Variable {
  readonly address: BrilligAddress;
  readonly type: Type;
}

interface Writing {
  readonly random: SeededRandom;
  readonly opcodes: BrilligOpcode[];
  readonly variables: Variable[];
  /** Inside a branch or a loop variables keep their types, and no new ones are made. */
  depth: number;
}

/** Makes a program whose main hands four inputs to the function and returns what it gives. */
export function randomBrilligProgram(random: SeededRandom): Program {
  const witnesses = (first: number, count: number): AcirWitness[] =>
    Array.from({ length: count }, (_, k) => acirWitness(first + k));
  const parameters = witnesses(0, PARAMETERS);
  const outputs = witnesses(PARAMETERS, RESULTS);
  return {
    functions: [
      {
        name: 'main',
        opcodes: [
          {
            kind: 'brillig-call',
            id: 0,
            inputs: [{ kind: 'array', expressions: parameters.map(witnessExpression) }],
            outputs: [{ kind: 'array', witnesses: outputs }],
            predicate: ONE_EXPRESSION,
          },
        ],
        privateParameters: parameters,
        publicParameters: [],
        returnValues: outputs,
        assertMessages: [],
      },
    ],
    unconstrained: [{ name: 'random', opcodes: randomFunction(random) }],
  };
}

/** Values of the four inputs: small, large, or anything. */
export function randomBrilligInputs(random: SeededRandom): Map<number, bigint> {
  return new Map(Array.from({ length: PARAMETERS }, (_, k) => [k, randomValue(random, 'field')] as const));
}

function randomFunction(random: SeededRandom): BrilligOpcode[] {
  const writing: Writing = { random, opcodes: [], variables: [], depth: 0 };
  const { opcodes } = writing;
  opcodes.push(
    constant(cell(0), 32, BigInt(STACK)),
    constant(cell(1), 32, BigInt(PARAMETERS)),
    constant(cell(2), 32, 0n),
    { kind: 'calldata-copy', destination: cell(CALLDATA), size: cell(1), offset: cell(2) },
    constant(cell(3), 32, BigInt(ARRAY)),
  );
  for (let k = 0; k < PARAMETERS; k++) writing.variables.push({ address: cell(CALLDATA + k), type: 'field' });
  for (const type of ['field', ...WIDTHS] as const) {
    const variable = fresh(writing, type);
    opcodes.push(constant(variable.address, type, randomValue(random, type)));
  }
  for (let k = 0; k < ARRAY_SIZE; k++)
    opcodes.push({ kind: 'mov', destination: cell(ARRAY + k), source: pickExact(writing, 'field').address });
  writeSteps(writing, 6 + random.below(20));
  for (let k = 0; k < RESULTS; k++)
    opcodes.push({ kind: 'mov', destination: cell(OUTPUT + k), source: pickAny(writing).address });
  opcodes.push(constant(cell(4), 32, BigInt(OUTPUT)), constant(cell(5), 32, BigInt(RESULTS)));
  opcodes.push({ kind: 'stop', data: { pointer: cell(4), size: cell(5) } });
  return opcodes;
}

function cell(index: number): BrilligAddress {
  return { base: 'memory', index };
}

function constant(destination: BrilligAddress, type: Type, value: bigint): BrilligOpcode {
  return { kind: 'const', destination, type, value };
}

function randomValue(random: SeededRandom, type: Type): bigint {
  const bits = type === 'field' ? 254n : BigInt(type);
  const top = type === 'field' ? p : 1n << bits;
  const wide = Array.from({ length: 5 }, () => BigInt(random.below(2 ** 52))).reduce(
    (sum, part) => (sum << 52n) + part,
  );
  const choices = [
    BigInt(random.below(4)),
    top - 1n - BigInt(random.below(3)),
    wide,
    BigInt(random.below(2 ** 20)),
  ];
  const chosen = (choices[random.below(choices.length)] ?? 0n) % top;
  return chosen < 0n ? chosen + top : chosen;
}

/** Every second variable lies on the stack. */
function fresh({ variables }: Writing, type: Type): Variable {
  const index = variables.length;
  const address: BrilligAddress = index % 2 === 0 ? cell(VARIABLES + index) : { base: 'stack', index: index };
  const variable = { address, type };
  variables.push(variable);
  return variable;
}

function pickAny({ random, variables }: Writing): Variable {
  return variables[random.below(variables.length)] as Variable; // there are some from the start
}

/** A variable of a type; one in a hundred times of any. */
function pick(writing: Writing, type: Type): Variable {
  const { random } = writing;
  if (random.below(100) === 0) return pickAny(writing);
  return pickExact(writing, type);
}

/** Noir's machine panics where a black box meets another type: the array holds field elements only. */
function pickExact(writing: Writing, type: Type): Variable {
  const { random, variables } = writing;
  const fitting = variables.filter(variable => variable.type === type);
  return fitting[random.below(fitting.length)] ?? pickAny(writing);
}

/** Where a result goes: a variable of its type, old or new. */
function target(writing: Writing, type: Type): BrilligAddress {
  const { random, variables, depth } = writing;
  // calldata stays
  const fitting = variables.slice(PARAMETERS).filter(variable => variable.type === type);
  const isNew = fitting.length === 0 || (depth === 0 && random.below(2) === 0);
  return (isNew ? fresh(writing, type) : (fitting[random.below(fitting.length)] as Variable)).address;
}

function writeSteps(writing: Writing, count: number): void {
  for (let step = 0; step < count; step++) STEPS[writing.random.below(STEPS.length)]?.(writing);
}

const STEPS: readonly ((writing: Writing) => void)[] = [
  writeField,
  writeField,
  writeField,
  writeInteger,
  writeInteger,
  writeInteger,
  writeInteger,
  writeCast,
  writeCast,
  writeMove,
  writeMemory,
  writeMemory,
  writeBranch,
  writeLoop,
  writeSubroutine,
  writeBox,
  writeTrap,
];

function randomType({ random }: Writing): Type {
  return (['field', ...WIDTHS] as const)[random.below(WIDTHS.length + 1)] ?? 'field';
}

function randomWidth({ random }: Writing): number {
  return WIDTHS[random.below(WIDTHS.length)] ?? 32;
}

function writeField(writing: Writing): void {
  const operation = FIELD_OPERATIONS[writing.random.below(FIELD_OPERATIONS.length)] ?? 'add';
  const [left, right] = [pick(writing, 'field').address, pick(writing, 'field').address];
  const isBit = operation === 'eq' || operation === 'lt' || operation === 'lte';
  writing.opcodes.push({
    kind: 'binary-field',
    operation,
    left,
    right,
    destination: target(writing, isBit ? 1 : 'field'),
  });
}

/** Without `signed-div`, which the newest format has not. */
function writeInteger(writing: Writing): void {
  const operations = INTEGER_OPERATIONS.filter(name => name !== 'signed-div');
  const operation = operations[writing.random.below(operations.length)] ?? 'add';
  const bits = randomWidth(writing);
  // older releases shift by a byte, and so does our machine: a wrong type would not always stop it
  const isShift = operation === 'shl' || operation === 'shr';
  const right = (isShift ? pickExact(writing, bits) : pick(writing, bits)).address;
  const left = pick(writing, bits).address;
  if (writing.random.below(5) === 0) {
    writing.opcodes.push({ kind: 'not', source: left, bits, destination: target(writing, bits) });
    return;
  }
  const isBit = operation === 'eq' || operation === 'lt' || operation === 'lte';
  const destination = target(writing, isBit ? 1 : bits);
  writing.opcodes.push({ kind: 'binary-int', operation, bits, left, right, destination });
}

function writeCast(writing: Writing): void {
  const type = randomType(writing);
  const source = pickAny(writing).address;
  writing.opcodes.push({ kind: 'cast', source, type, destination: target(writing, type) });
}

function writeMove(writing: Writing): void {
  const type = randomType(writing);
  const [left, right] = [pick(writing, type).address, pick(writing, type).address];
  const condition = pick(writing, 1).address;
  const destination = target(writing, type);
  if (writing.random.below(2) === 0) writing.opcodes.push({ kind: 'mov', source: left, destination });
  else writing.opcodes.push({ kind: 'conditional-mov', condition, left, right, destination });
}

/** A pointer into the array, or seldom far beyond; what it points to is loaded, stored or set. */
function writeMemory(writing: Writing): void {
  const { random, opcodes } = writing;
  const pointer = cell(6);
  const at = random.below(20) === 0 ? 5000 + random.below(1000) : ARRAY + random.below(ARRAY_SIZE);
  opcodes.push(constant(pointer, 32, BigInt(at)));
  const access = random.below(3);
  if (access === 0) opcodes.push({ kind: 'load', pointer, destination: target(writing, 'field') });
  else if (access === 1)
    opcodes.push({
      kind: 'store',
      pointer,
      source: writing.variables[random.below(PARAMETERS)]?.address ?? cell(CALLDATA),
    });
  else opcodes.push({ kind: 'indirect-const', pointer, type: 'field', value: randomValue(random, 'field') });
}

/** if (!condition) { steps }: the newest format has this jump only. */
function writeBranch(writing: Writing): void {
  if (writing.depth > 1) return;
  const { random, opcodes } = writing;
  const condition = pick(writing, 1).address;
  const at = opcodes.length;
  opcodes.push({ kind: 'jump', target: 0 });
  inside(writing, () => writeSteps(writing, 1 + random.below(4)));
  opcodes[at] = { kind: 'jump-if', condition, target: opcodes.length };
}

/** A loop that counts down from at most 4; its counter is of its own depth. */
function writeLoop(writing: Writing): void {
  if (writing.depth > 1) return;
  const { random, opcodes, depth } = writing;
  const [counter, one, isLeft] = [cell(180 + depth), cell(182), cell(184 + depth)];
  opcodes.push(constant(counter, 32, BigInt(1 + random.below(4))), constant(one, 32, 1n));
  const start = opcodes.length;
  inside(writing, () => writeSteps(writing, 1 + random.below(4)));
  opcodes.push(
    { kind: 'binary-int', operation: 'sub', bits: 32, destination: counter, left: counter, right: one },
    { kind: 'cast', source: counter, type: 'field', destination: cell(186) },
    constant(cell(187), 'field', 0n),
    { kind: 'binary-field', operation: 'lt', destination: isLeft, left: cell(187), right: cell(186) },
    { kind: 'jump-if', condition: isLeft, target: start },
  );
}

/** A subroutine, jumped over and called. */
function writeSubroutine(writing: Writing): void {
  if (writing.depth > 1) return;
  const { random, opcodes } = writing;
  const at = opcodes.length;
  opcodes.push({ kind: 'jump', target: 0 });
  inside(writing, () => writeSteps(writing, 1 + random.below(3)));
  opcodes.push({ kind: 'return' });
  opcodes[at] = { kind: 'jump', target: opcodes.length };
  opcodes.push({ kind: 'call', target: at + 1 });
}

function inside(writing: Writing, action: () => void): void {
  writing.depth++;
  action();
  writing.depth--;
}

/** The permutation of Poseidon2 on the array's first elements, or digits of a variable into its cells. */
function writeBox(writing: Writing): void {
  const { random, opcodes } = writing;
  if (random.below(2) === 0) {
    const region = { pointer: cell(3), size: 4 };
    opcodes.push({ kind: 'black-box', operation: 'poseidon2-permutation', arguments: [region, region] });
    return;
  }
  const [radix, pointer, count, asBits] = [cell(188), cell(189), cell(190), cell(191)];
  const base = [2, 10, 16, 256][random.below(4)] ?? 2;
  const input = cell(192);
  opcodes.push(
    { kind: 'cast', source: pickAny(writing).address, type: 8, destination: cell(193) },
    { kind: 'cast', source: cell(193), type: 'field', destination: input },
    constant(radix, 32, BigInt(base)),
    constant(pointer, 32, 320n),
    constant(count, 32, BigInt(8 - random.below(2) * random.below(8))),
    constant(asBits, 1, base === 2 ? BigInt(random.below(2)) : 0n),
    { kind: 'black-box', operation: 'to-radix', arguments: [input, radix, pointer, count, asBits] },
    { kind: 'cast', source: cell(320), type: 'field', destination: target(writing, 'field') },
  );
}

function writeTrap({ random, opcodes }: Writing): void {
  if (random.below(12) !== 0) return;
  opcodes.push(constant(cell(194), 32, 0n), constant(cell(195), 32, BigInt(ARRAY)));
  opcodes.push({ kind: 'trap', data: { pointer: cell(195), size: cell(194) } });
}
