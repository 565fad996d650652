/**
 * One ACIR circuit made ready to run, and its run: one pass over the opcodes, since the compiler emits them in an order
 * in which each can be solved from the earlier ones.
 *
 * What an opcode gives is written into its witnesses; a witness that is known already must have that value.
 */
import type {
  BlackBox,
  BrilligCall,
  Call,
  Circuit,
  FunctionInput,
  MemoryInit,
  Opcode,
} from '../acir/types.ts';
import { InternalError } from '../errors.ts';
import type { BigIntegers } from './black-box/big-int.ts';
import { runBlackBox } from './black-box/index.ts';
import { evaluate, type ReadyExpression, readyExpression, solveZero } from './expressions.ts';
import { Stopped, stopped } from './failure.ts';
import {
  canonicalOf,
  createValues,
  type FieldValue,
  readValue,
  setValue,
  shortened,
  type Values,
} from './values.ts';

/** An opcode with its expressions prepared. */
type ReadyOpcode =
  | { readonly kind: 'zero'; readonly expression: ReadyExpression }
  | { readonly kind: 'range'; readonly witness: number; readonly bits: number; readonly limit: number }
  | { readonly kind: 'black-box'; readonly opcode: BlackBox }
  | { readonly kind: 'memory-init'; readonly opcode: MemoryInit }
  | {
      readonly kind: 'memory-op';
      readonly block: number;
      readonly write: boolean;
      readonly index: ReadyExpression;
      readonly value: ReadyExpression;
      /** Where a read puts the value, when that is a witness on its own. */
      readonly target: number | undefined;
    }
  | {
      readonly kind: 'brillig';
      readonly opcode: BrilligCall;
      readonly predicate: ReadyExpression;
      readonly inputs: readonly ReadyInput[];
      readonly outputs: Uint32Array;
    }
  | { readonly kind: 'call'; readonly opcode: Call; readonly predicate: ReadyExpression }
  | {
      readonly kind: 'to-radix';
      readonly value: ReadyExpression;
      readonly outputs: readonly number[];
      readonly radix: bigint;
    };

/** Brillig input: expressions, or a memory block. */
type ReadyInput = readonly ReadyExpression[] | number;

/** A circuit that any number of frames may run. */
export interface ReadyCircuit {
  readonly source: Circuit;
  readonly witnessCount: number;
  readonly opcodes: readonly ReadyOpcode[];
}

/** Numbers compare faster than bigints; ranges up to this width use them. */
const NUMBER_RANGE_BITS = 52;

/** Prepares a circuit. */
export function readyCircuit(source: Circuit, prime: bigint): ReadyCircuit {
  return {
    source,
    witnessCount: countWitnesses(source),
    opcodes: source.opcodes.map(opcode => readyOpcode(opcode, prime)),
  };
}

function readyOpcode(opcode: Opcode, prime: bigint): ReadyOpcode {
  switch (opcode.kind) {
    case 'assert-zero':
      return { kind: 'zero', expression: readyExpression(opcode.expression, prime) };
    case 'black-box': {
      const { call } = opcode;
      if (call.name !== 'range' || call.input.kind !== 'witness') return { kind: 'black-box', opcode };
      const limit = call.bits <= NUMBER_RANGE_BITS ? 2 ** call.bits : Number.NaN;
      return { kind: 'range', witness: call.input.witness, bits: call.bits, limit };
    }
    case 'memory-init':
      return { kind: 'memory-init', opcode };
    case 'memory-op': {
      const { block, write } = opcode;
      const [index, value] = [readyExpression(opcode.index, prime), readyExpression(opcode.value, prime)];
      const isWitness =
        value.witnesses.length === 1 &&
        value.lefts.length === 0 &&
        value.numbers[0] === 1 &&
        value.constant === 0;
      return {
        kind: 'memory-op',
        block,
        write,
        index,
        value,
        target: isWitness ? value.witnesses[0] : undefined,
      };
    }
    case 'brillig-call':
      return {
        kind: 'brillig',
        opcode,
        predicate: readyExpression(opcode.predicate, prime),
        inputs: opcode.inputs.map(input => {
          if (input.kind === 'memory') return input.block;
          const expressions = input.kind === 'single' ? [input.expression] : input.expressions;
          return expressions.map(expression => readyExpression(expression, prime));
        }),
        outputs: Uint32Array.from(
          opcode.outputs.flatMap(output => (output.kind === 'simple' ? [output.witness] : output.witnesses)),
        ),
      };
    case 'call':
      return { kind: 'call', opcode, predicate: readyExpression(opcode.predicate, prime) };
    case 'to-le-radix':
      return {
        kind: 'to-radix',
        value: readyExpression(opcode.value, prime),
        outputs: opcode.outputs,
        radix: BigInt(opcode.radix),
      };
    default:
      throw new InternalError(`Unknown opcode ${JSON.stringify(opcode satisfies never)}.`);
  }
}

/** One more than the largest witness index that the circuit names. */
function countWitnesses({ opcodes, publicParameters, privateParameters, returnValues }: Circuit): number {
  let count = 0;
  const visit = (value: unknown): void => {
    if (typeof value === 'number' && value >= count) count = value + 1;
  };
  for (const list of [publicParameters, privateParameters, returnValues]) list.forEach(visit);
  for (const opcode of opcodes) forEachWitness(opcode, visit);
  return count;
}

/** Visits every witness of an opcode; objects name theirs `witness`, lists of witnesses are typed arrays or plain. */
function forEachWitness(opcode: Opcode, visit: (witness: number) => void): void {
  switch (opcode.kind) {
    case 'memory-init':
      opcode.init.forEach(visit);
      return;
    case 'call':
      opcode.inputs.forEach(visit);
      opcode.outputs.forEach(visit);
      visitExpressions([opcode.predicate], visit);
      return;
    case 'to-le-radix':
      opcode.outputs.forEach(visit);
      visitExpressions([opcode.value], visit);
      return;
    case 'assert-zero':
      visitExpressions([opcode.expression], visit);
      return;
    case 'memory-op':
      visitExpressions([opcode.index, opcode.value], visit);
      return;
    case 'brillig-call':
      for (const output of opcode.outputs)
        (output.kind === 'simple' ? [output.witness] : output.witnesses).forEach(visit);
      for (const input of opcode.inputs)
        if (input.kind !== 'memory')
          visitExpressions(input.kind === 'single' ? [input.expression] : input.expressions, visit);
      visitExpressions([opcode.predicate], visit);
      return;
    case 'black-box':
      visitBlackBox(opcode, visit);
      return;
    default:
      throw new InternalError(`Unknown opcode ${JSON.stringify(opcode satisfies never)}.`);
  }
}

function visitExpressions(
  expressions: readonly BrilligCall['predicate'][],
  visit: (witness: number) => void,
): void {
  for (const { linear, mulTerms } of expressions) {
    for (const witness of linear.witnesses) visit(witness);
    for (const { left, right } of mulTerms) {
      visit(left);
      visit(right);
    }
  }
}

/** Inputs are objects { kind: 'witness' }; outputs are the fields `output` and `outputs` unless these are big integers. */
function visitBlackBox({ call }: BlackBox, visit: (witness: number) => void): void {
  const visitInputs = (value: unknown): void => {
    if (Array.isArray(value)) for (const item of value) visitInputs(item);
    else if (value !== null && typeof value === 'object' && !(value instanceof Uint8Array)) {
      const input = value as Partial<FunctionInput>;
      if (input.kind === 'witness') visit((input as { witness: number }).witness);
      else for (const item of Object.values(value)) visitInputs(item);
    }
  };
  visitInputs(call);
  if ('outputs' in call) call.outputs.forEach(visit);
  else if ('output' in call && !call.name.startsWith('big-int')) visit(call.output);
}

/** What a run needs from the program around it. */
export interface CircuitHost {
  readonly prime: bigint;
  /** Runs an unconstrained function on flattened inputs. */
  runBrillig(id: number, inputs: readonly bigint[]): bigint[] | Promise<bigint[]>;
  /** Runs another circuit; returns its return values. */
  runCircuit(id: number, inputs: readonly FieldValue[]): Promise<readonly FieldValue[]>;
}

/** The state of one run. */
export interface Frame {
  readonly host: CircuitHost;
  readonly values: Values;
  readonly blocks: Map<number, FieldValue[]>;
  readonly bigIntegers: BigIntegers;
}

/** Starts a frame with the given values of witnesses. */
export function createFrame(
  circuit: ReadyCircuit,
  host: CircuitHost,
  initial: Iterable<readonly [witness: number, value: FieldValue]>,
): Frame {
  const values = createValues(host.prime, circuit.witnessCount);
  for (const [witness, value] of initial)
    if (witness < circuit.witnessCount) setValue(values, witness, value);
  return { host, values, blocks: new Map(), bigIntegers: new Map() };
}

/**
 * Solves all witnesses of a frame.
 * @throws Stopped with the opcode on its call stack
 */
export async function runCircuit(circuit: ReadyCircuit, frame: Frame): Promise<void> {
  let index = 0;
  try {
    for (; index < circuit.opcodes.length; index++) {
      const pending = runOpcode(circuit.opcodes[index] as ReadyOpcode, frame);
      if (pending !== undefined) await pending;
    }
  } catch (failure) {
    if (failure instanceof Stopped) nameOpcode(failure, circuit.source, frame, index);
    throw failure;
  }
}

/** Adds this opcode to the failure's call stack, and finds the message of an assertion. */
function nameOpcode(failure: Stopped, circuit: Circuit, frame: Frame, opcode: number): void {
  const isInBrillig = failure.brilligFunctionId !== undefined;
  if (failure.isNamed) {
    failure.callStack.unshift(String(opcode));
    return;
  }
  failure.isNamed = true;
  failure.callStack = isInBrillig ? failure.callStack.map(place => `${opcode}.${place}`) : [String(opcode)];
  if (failure.payload !== undefined) return;
  const message = circuit.assertMessages.find(
    found => found.opcode === opcode && (found.brilligOpcode === undefined) !== isInBrillig,
  );
  if (message === undefined) return;
  if (message.text !== undefined) failure.message = `assertion failed: ${message.text}`;
  if (message.selector === undefined) return;
  const { prime } = frame.host;
  const values = message.payload.flatMap(part =>
    part.kind === 'memory'
      ? (frame.blocks.get(part.block) ?? []).map(value => canonicalOf(prime, value))
      : [canonicalOf(prime, evaluate(readyExpression(part.expression, prime), frame.values))],
  );
  failure.payload = { selector: message.selector, values };
}

function runOpcode(opcode: ReadyOpcode, frame: Frame): Promise<void> | undefined {
  const { values } = frame;
  switch (opcode.kind) {
    case 'zero':
      solveZero(opcode.expression, values);
      return undefined;
    case 'range':
      checkRange(values, opcode.witness, opcode);
      return undefined;
    case 'black-box':
      runBlackBox(opcode.opcode.call, frame);
      return undefined;
    case 'memory-init':
      initMemory(opcode.opcode, frame);
      return undefined;
    case 'memory-op':
      accessMemory(opcode, frame);
      return undefined;
    case 'brillig':
      return callBrillig(opcode, frame);
    case 'call':
      return callCircuit(opcode, frame);
    case 'to-radix': {
      let rest = canonicalOf(values.prime, evaluate(opcode.value, values));
      for (const witness of opcode.outputs) {
        putValue(values, witness, shortened(values.prime, rest % opcode.radix));
        rest /= opcode.radix;
      }
      if (rest !== 0n) throw stopped('a number does not fit its digits');
      return undefined;
    }
    default:
      throw new InternalError(`Unknown opcode ${JSON.stringify(opcode satisfies never)}.`);
  }
}

/**
 * Reads a witness.
 * @throws Stopped when it is not known yet
 */
export function needValue(values: Values, witness: number): FieldValue {
  const value = readValue(values, witness);
  if (value === undefined) throw stopped(`witness ${witness} is needed before it is known`);
  return value;
}

/**
 * Writes a witness; one that is known must have this value.
 * @throws Stopped when it has another
 */
export function putValue(values: Values, witness: number, value: FieldValue): void {
  const known = readValue(values, witness);
  if (known === undefined) setValue(values, witness, value);
  else if (known !== value) throw stopped('Cannot satisfy constraint');
}

function checkRange(
  values: Values,
  witness: number,
  { bits, limit }: { readonly bits: number; readonly limit: number },
): void {
  const value = needValue(values, witness);
  if (typeof value === 'number' && value >= 0 && (value < limit || Number.isNaN(limit))) return;
  if (canonicalOf(values.prime, value) >> BigInt(bits) !== 0n)
    throw stopped(`a value does not fit ${bits} bits`);
}

function initMemory({ block, init }: MemoryInit, { values, blocks }: Frame): void {
  if (blocks.has(block)) throw stopped(`memory block ${block} is initialised twice`);
  blocks.set(
    block,
    init.map(witness => needValue(values, witness)),
  );
}

function accessMemory(
  { block, write, index, value, target }: Extract<ReadyOpcode, { kind: 'memory-op' }>,
  { values, blocks }: Frame,
): void {
  const cells = blocks.get(block);
  if (cells === undefined) throw stopped(`memory block ${block} is used before it is initialised`);
  const found = evaluate(index, values);
  const at = Number(found);
  if (at < 0 || at >= cells.length)
    throw stopped(
      `Index out of bounds, array has size ${cells.length}, but index was ${canonicalOf(values.prime, found)}`,
    );
  if (write) cells[at] = evaluate(value, values);
  else if (target !== undefined) putValue(values, target, cells[at] as FieldValue);
  else if (evaluate(value, values) !== cells[at]) throw stopped('Cannot satisfy constraint');
}

/** Whether a call is on. */
function isOn(predicate: ReadyExpression, values: Values): boolean {
  const value = canonicalOf(values.prime, evaluate(predicate, values));
  if (value > 1n) throw stopped(`a predicate is ${value}, neither 0 nor 1`);
  return value === 1n;
}

function callBrillig(
  { opcode, predicate, inputs, outputs }: Extract<ReadyOpcode, { kind: 'brillig' }>,
  { host, values, blocks }: Frame,
): Promise<void> | undefined {
  if (!isOn(predicate, values)) {
    for (const witness of outputs) putValue(values, witness, shortened(host.prime, 0n));
    return undefined;
  }
  const calldata: bigint[] = [];
  for (const input of inputs) {
    if (typeof input === 'number') {
      const cells = blocks.get(input);
      if (cells === undefined) throw stopped(`memory block ${input} is used before it is initialised`);
      for (const cell of cells) calldata.push(canonicalOf(host.prime, cell));
    } else {
      for (const expression of input) calldata.push(canonicalOf(host.prime, evaluate(expression, values)));
    }
  }
  const put = (results: readonly bigint[]): void => {
    if (results.length !== outputs.length)
      throw stopped(
        `unconstrained function ${opcode.id} returned ${results.length} values, not ${outputs.length}`,
      );
    results.forEach((result, k) => {
      putValue(values, outputs[k] as number, shortened(host.prime, result));
    });
  };
  const results = host.runBrillig(opcode.id, calldata);
  if (results instanceof Promise) return results.then(put);
  put(results);
  return undefined;
}

function callCircuit(
  { opcode, predicate }: Extract<ReadyOpcode, { kind: 'call' }>,
  { host, values }: Frame,
): Promise<void> | undefined {
  if (!isOn(predicate, values)) {
    for (const witness of opcode.outputs) putValue(values, witness, shortened(host.prime, 0n));
    return undefined;
  }
  const inputs = opcode.inputs.map(witness => needValue(values, witness));
  return host.runCircuit(opcode.id, inputs).then(results => {
    if (results.length !== opcode.outputs.length)
      throw stopped(`circuit ${opcode.id} returned ${results.length} values, not ${opcode.outputs.length}`);
    results.forEach((result, k) => {
      putValue(values, opcode.outputs[k] as number, result);
    });
  });
}
