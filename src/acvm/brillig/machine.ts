/**
 * The Brillig machine: runs unconstrained functions on flat lists of field elements. Cells are typed, and an instruction
 * that meets another type than it names stops the program, as in Noir's own machine. The machine of the first releases
 * had no types: there, instructions take what a cell holds modulo their width.
 *
 * One step counter serves all calls of a program, so that an endless loop ends.
 */
import type { BrilligAddress, BrilligFunction, BrilligOpcode, BrilligRegion } from '../../acir/index.ts';
import { InternalError } from '../../errors.ts';
import { type FailurePayload, Stopped, stopped } from '../failure.ts';
import type { ForeignCallHandler } from '../types.ts';
import { cast, complement, fieldOperation, integerOperation, type Typed } from './arithmetic.ts';
import { runBlackBox } from './black-box.ts';
import { readForeignInputs, writeForeignResults } from './foreign-call.ts';
import {
  type Cell,
  cellType,
  createMemory,
  FIELD_TYPE,
  type Memory,
  readCell,
  readPointer,
  readScalar,
  resolve,
  toCell,
  typeOfCell,
  U1,
  U8,
  writeCell,
} from './memory.ts';

export interface MachineOptions {
  readonly prime: bigint;
  /** Instructions that may run in all. */
  readonly stepLimit: number;
  readonly onForeignCall?: ForeignCallHandler;
}

/** What the calls of one program share. */
export interface Machine extends MachineOptions {
  readonly functions: readonly BrilligFunction[];
  steps: number;
}

export function createMachine(functions: readonly BrilligFunction[], options: MachineOptions): Machine {
  return { functions, ...options, steps: 0 };
}

/** One call of a function. */
interface Activation {
  readonly machine: Machine;
  readonly isTyped: boolean;
  readonly opcodes: readonly BrilligOpcode[];
  readonly memory: Memory;
  readonly calldata: readonly bigint[];
  readonly returns: number[];
  counter: number;
}

/** Deepest nesting of Brillig calls. */
const MAX_RETURNS = 100_000;

/**
 * Runs a function.
 * @returns what it returns as field elements; a promise only if it waits for an oracle
 * @throws Stopped (or rejects with it) when it traps or breaks the machine's rules
 */
export function runBrillig(
  machine: Machine,
  id: number,
  calldata: readonly bigint[],
): bigint[] | Promise<bigint[]> {
  const found = machine.functions[id];
  if (found === undefined) throw stopped(`unconstrained function ${id} does not exist`);
  const activation: Activation = {
    machine,
    isTyped: isTyped(found),
    opcodes: found.opcodes,
    memory: createMemory(),
    calldata,
    returns: [],
    counter: 0,
  };
  const named = (failure: unknown): never => {
    if (failure instanceof Stopped && failure.brilligFunctionId === undefined) {
      failure.brilligFunctionId = id;
      failure.callStack = [...activation.returns.map(after => after - 1), activation.counter].map(String);
    }
    throw failure;
  };
  try {
    const results = go(activation);
    return results instanceof Promise ? results.catch(named) : results;
  } catch (failure) {
    return named(failure);
  }
}

const typedFunctions = new WeakMap<BrilligFunction, boolean>();

/** Releases up to 0.34 end functions with constant regions; the first of them have no types. */
function isTyped(found: BrilligFunction): boolean {
  const known = typedFunctions.get(found);
  if (known !== undefined) return known;
  const typed = !found.opcodes.some(
    opcode => opcode.kind === 'stop' && typeof opcode.data.pointer === 'number',
  );
  typedFunctions.set(found, typed);
  return typed;
}

/** Runs until the function ends or an oracle answers later. */
function go(activation: Activation): bigint[] | Promise<bigint[]> {
  const { machine, opcodes } = activation;
  for (;;) {
    const opcode = opcodes[activation.counter];
    if (opcode === undefined) throw stopped('the function runs past its last instruction');
    if (++machine.steps > machine.stepLimit)
      throw stopped(`more than ${machine.stepLimit} steps of unconstrained code (the step limit)`);
    if (opcode.kind === 'stop') return readRegion(activation, opcode.data);
    if (opcode.kind === 'foreign-call') {
      const pending = callForeign(activation, opcode);
      if (pending !== undefined) return pending.then(() => go(activation));
    } else {
      activation.counter = step(activation, opcode);
    }
  }
}

type Instruction = Exclude<BrilligOpcode, { kind: 'stop' | 'foreign-call' }>;

/** Runs one instruction; returns the index of the next. */
function step(activation: Activation, opcode: Instruction): number {
  const { memory, counter } = activation;
  const next = counter + 1;
  switch (opcode.kind) {
    case 'jump':
      return opcode.target;
    case 'jump-if':
      return readBit(activation, opcode.condition) ? opcode.target : next;
    case 'jump-if-not':
      return readBit(activation, opcode.condition) ? next : opcode.target;
    case 'call':
      if (activation.returns.length >= MAX_RETURNS) throw stopped('unconstrained calls are nested too deep');
      activation.returns.push(next);
      return opcode.target;
    case 'return': {
      const after = activation.returns.pop();
      if (after === undefined) throw stopped('the function returns, and nothing called it');
      return after;
    }
    case 'trap':
      throw trapped(activation, opcode.data);
    case 'black-box':
      runBlackBox(memory, opcode);
      return next;
    default:
      move(activation, opcode);
      return next;
  }
}

type Movement = Exclude<
  Instruction,
  { kind: 'jump' | 'jump-if' | 'jump-if-not' | 'call' | 'return' | 'trap' | 'black-box' }
>;

/** Instructions that write one cell (or copy calldata). */
function move(activation: Activation, opcode: Movement): void {
  const { memory, machine } = activation;
  switch (opcode.kind) {
    case 'binary-field': {
      const [left, right] = [readField(activation, opcode.left), readField(activation, opcode.right)];
      // the first releases divide by zero to zero
      if (opcode.operation === 'div' && right === 0n && !activation.isTyped)
        put(memory, opcode.destination, { value: 0n, type: FIELD_TYPE });
      else put(memory, opcode.destination, fieldOperation(opcode.operation, left, right, machine.prime));
      return;
    }
    case 'binary-int':
      put(memory, opcode.destination, integerResult(activation, opcode));
      return;
    case 'not':
      put(memory, opcode.destination, {
        value: complement(opcode.bits, readInteger(activation, opcode.source, opcode.bits)),
        type: opcode.bits,
      });
      return;
    case 'cast':
      put(memory, opcode.destination, cast(readCell(memory, resolve(memory, opcode.source)), opcode.type));
      return;
    case 'const':
      put(memory, opcode.destination, constant(opcode));
      return;
    case 'indirect-const': {
      const { value, type } = constant(opcode);
      writeCell(memory, readPointer(memory, resolve(memory, opcode.pointer)), value, type);
      return;
    }
    case 'mov':
      copy(memory, resolve(memory, opcode.source), resolve(memory, opcode.destination));
      return;
    case 'conditional-mov': {
      const source = readBit(activation, opcode.condition) ? opcode.left : opcode.right;
      copy(memory, resolve(memory, source), resolve(memory, opcode.destination));
      return;
    }
    case 'load':
      copy(memory, readPointer(memory, resolve(memory, opcode.pointer)), resolve(memory, opcode.destination));
      return;
    case 'store':
      copy(memory, resolve(memory, opcode.source), readPointer(memory, resolve(memory, opcode.pointer)));
      return;
    case 'calldata-copy':
      copyCalldata(activation, opcode);
      return;
    default:
      throw new InternalError(`Unknown instruction ${JSON.stringify(opcode satisfies never)}.`);
  }
}

function integerResult(
  activation: Activation,
  opcode: Extract<BrilligOpcode, { kind: 'binary-int' }>,
): Typed {
  const { memory } = activation;
  const { operation, bits } = opcode;
  const left = readInteger(activation, opcode.left, bits);
  const isShift = operation === 'shl' || operation === 'shr';
  if (!isShift) return integerOperation(operation, bits, left, readInteger(activation, opcode.right, bits));
  const rightAt = resolve(memory, opcode.right);
  const rightType = typeOfCell(memory, rightAt);
  // older releases shift by a byte
  if (rightType !== bits && rightType !== U8 && activation.isTyped) throw wrongType(rightAt, bits, rightType);
  return integerOperation(operation, bits, left, readCell(memory, rightAt));
}

function constant({ type, value }: { readonly type: 'field' | number; readonly value: bigint }): Typed {
  const width = cellType(type);
  return { value: toCell(value, width), type: width };
}

function put(memory: Memory, destination: BrilligAddress, { value, type }: Typed): void {
  writeCell(memory, resolve(memory, destination), value, type);
}

function copy(memory: Memory, from: number, to: number): void {
  writeCell(memory, to, readCell(memory, from), typeOfCell(memory, from));
}

function copyCalldata(
  { memory, calldata }: Activation,
  opcode: Extract<BrilligOpcode, { kind: 'calldata-copy' }>,
): void {
  const [size, offset] = [readScalar(memory, opcode.size), readScalar(memory, opcode.offset)];
  if (offset + size > calldata.length)
    throw stopped(`the function reads ${offset + size} values of calldata and got ${calldata.length}`);
  const start = resolve(memory, opcode.destination);
  for (let k = 0; k < size; k++) writeCell(memory, start + k, calldata[offset + k] as bigint, FIELD_TYPE);
}

function readField({ memory, isTyped }: Activation, address: BrilligAddress): bigint {
  const at = resolve(memory, address);
  const type = typeOfCell(memory, at);
  const value = readCell(memory, at);
  if (type === FIELD_TYPE) return value as bigint; // cells of field type hold bigints
  if (isTyped) throw wrongType(at, FIELD_TYPE, type);
  return BigInt(value);
}

function readInteger({ memory, isTyped }: Activation, address: BrilligAddress, bits: number): Cell {
  const at = resolve(memory, address);
  const type = typeOfCell(memory, at);
  const value = readCell(memory, at);
  if (type === bits) return value;
  if (isTyped) throw wrongType(at, bits, type);
  return toCell(BigInt.asUintN(bits, BigInt(value)), bits);
}

function readBit(activation: Activation, address: BrilligAddress): boolean {
  if (activation.isTyped) return readInteger(activation, address, U1) === 1;
  return BigInt(readCell(activation.memory, resolve(activation.memory, address))) !== 0n;
}

function wrongType(address: number, expected: number, found: number): Stopped {
  const named = (type: number): string =>
    type === FIELD_TYPE ? 'a field element' : `an integer of ${type} bits`;
  return stopped(`memory cell ${address} holds ${named(found)}, not ${named(expected)}`);
}

function readRegion({ memory }: Activation, { pointer, size }: BrilligRegion): bigint[] {
  const amount = readScalar(memory, size);
  if (amount === 0) return [];
  const start = readScalar(memory, pointer);
  return Array.from({ length: amount }, (_, k) => BigInt(readCell(memory, start + k)));
}

function trapped(activation: Activation, region: BrilligRegion): Stopped {
  const [selector, ...values] = readRegion(activation, region);
  const payload: FailurePayload | undefined = selector === undefined ? undefined : { selector, values };
  return stopped('an assertion does not hold', payload);
}

/** Asks the handler; undefined when it has answered at once. */
function callForeign(
  activation: Activation,
  opcode: Extract<BrilligOpcode, { kind: 'foreign-call' }>,
): Promise<void> | undefined {
  const { machine, memory } = activation;
  if (machine.onForeignCall === undefined)
    throw stopped(`the program calls the oracle '${opcode.name}', and nothing answers it`);
  const finish = (results: Awaited<ReturnType<ForeignCallHandler>>): void => {
    writeForeignResults(memory, opcode, results, machine.prime);
    activation.counter++;
  };
  const answered = ask(machine.onForeignCall, opcode.name, readForeignInputs(memory, opcode));
  if (answered instanceof Promise) return answered.then(finish);
  finish(answered);
  return undefined;
}

/** What a handler throws stops the program at the call, in the handler's own words. */
function ask(
  handler: ForeignCallHandler,
  name: string,
  inputs: readonly (readonly bigint[])[],
): ReturnType<ForeignCallHandler> {
  const fail = (cause: unknown): never => {
    throw stopped(cause instanceof Error ? cause.message : String(cause));
  };
  try {
    const answered = handler(name, inputs);
    return answered instanceof Promise ? answered.catch(fail) : answered;
  } catch (cause) {
    return fail(cause);
  }
}
