/**
 * ACIR functions as instructions. The compiler emits opcodes in an order in which each can be solved from earlier ones, so
 * what each solves is known before any input is: the one witness that nothing has set yet.
 *
 * Calls wait until something needs their results: those that wait together are independent, and engines may run them at
 * once.
 */
import { visitWitnesses } from '../../acir/index.ts';
import type {
  BlackBoxCall,
  BrilligCall,
  Call,
  Circuit,
  Expression,
  FunctionInput,
  MemoryInit,
  MemoryOp,
  Opcode,
  Program,
} from '../../acir/types.ts';
import { mod } from '../../field/index.ts';
import { push, type U32List } from '../../r1cs/index.ts';
import { BLACK_BOXES, HINTS, NONE, OPS, type Op } from './codes.ts';
import type { KnownHint } from './hints.ts';
import { constantId, type FormParts, type Pools, Uncompilable, writeForm } from './pools.ts';

/** What compiling functions shares. */
export interface FunctionsContext {
  readonly program: Program;
  readonly pools: Pools;
  readonly code: U32List;
  readonly returns: U32List;
  /** Unconstrained functions that engines know by heart, by id. */
  readonly hints: ReadonlyMap<number, KnownHint>;
  /** How many instances a call of a function makes, itself included. */
  readonly instances: ReadonlyMap<number, number>;
}

/** A function's row in the table of functions. */
export interface CompiledFunction {
  readonly witnessCount: number;
  readonly cellCount: number;
  readonly codeStart: number;
  readonly codeEnd: number;
  readonly parameterCount: number;
  readonly returnStart: number;
  readonly returnCount: number;
}

const UNKNOWN = 0;
const KNOWN = 1;
const PENDING = 2;

interface Block {
  readonly first: number;
  readonly length: number;
}

interface Writing {
  readonly context: FunctionsContext;
  readonly states: Uint8Array;
  readonly blocks: Map<number, Block>;
  readonly pending: { readonly opcode: number; readonly call: Call }[];
  /** Instances made by calls so far, this one included. */
  instances: number;
  cellCount: number;
  opcode: number;
}

/** Appends a function's code. @throws Uncompilable */
export function compileFunction(context: FunctionsContext, circuit: Circuit): CompiledFunction {
  const parameters = [...circuit.privateParameters, ...circuit.publicParameters];
  const witnessCount = countWitnesses(circuit);
  const writing: Writing = {
    context,
    states: new Uint8Array(witnessCount),
    blocks: new Map(),
    pending: [],
    instances: 1,
    cellCount: witnessCount,
    opcode: 0,
  };
  if (parameters.some(witness => witness >= parameters.length))
    throw new Uncompilable('parameters are not the first witnesses');
  writing.states.fill(KNOWN, 0, parameters.length);
  const codeStart = context.code.length;
  circuit.opcodes.forEach((opcode, index) => {
    settle(writing, opcode);
    writing.opcode = index;
    compileOpcode(writing, opcode);
  });
  flush(writing);
  const returnStart = context.returns.length;
  for (const witness of circuit.returnValues) push(context.returns, witness);
  const isMain = circuit === context.program.functions[0];
  if (!isMain && circuit.returnValues.some(witness => writing.states[witness] === UNKNOWN))
    throw new Uncompilable('a function returns a value that it does not set');
  return {
    witnessCount,
    cellCount: writing.cellCount,
    codeStart,
    codeEnd: context.code.length,
    parameterCount: parameters.length,
    returnStart,
    returnCount: isMain ? 0 : circuit.returnValues.length,
  };
}

function countWitnesses(circuit: Circuit): number {
  let count = 0;
  const visit = (witness: number): void => {
    if (witness >= count) count = witness + 1;
  };
  for (const list of [circuit.privateParameters, circuit.publicParameters, circuit.returnValues])
    list.forEach(visit);
  for (const opcode of circuit.opcodes) visitWitnesses(opcode, visit);
  return count;
}

/** Writes the calls that wait where an opcode mentions one of their results. */
function settle(writing: Writing, opcode: Opcode): void {
  if (writing.pending.length === 0) return;
  let waits = false;
  visitWitnesses(opcode, witness => {
    waits ||= writing.states[witness] === PENDING;
  });
  if (waits) flush(writing);
}

function flush(writing: Writing): void {
  const { context, pending, states } = writing;
  if (pending.length === 0) return;
  const { code } = context;
  push(code, OPS.indexOf('calls'));
  push(code, pending[0]?.opcode ?? 0);
  push(code, pending.length);
  for (const { opcode, call } of pending) {
    push(code, opcode);
    push(code, call.id);
    push(code, writing.instances);
    push(code, predicateForm(writing, call.predicate));
    for (const list of [call.inputs, call.outputs]) {
      push(code, list.length);
      for (const witness of list) push(code, witness);
    }
    writing.instances += context.instances.get(call.id) ?? 1;
    for (const witness of call.outputs) states[witness] = KNOWN;
  }
  pending.length = 0;
}

function emit(writing: Writing, op: Op, ...words: readonly number[]): void {
  const { code } = writing.context;
  push(code, OPS.indexOf(op));
  push(code, writing.opcode);
  for (const word of words) push(code, word);
}

function compileOpcode(writing: Writing, opcode: Opcode): void {
  switch (opcode.kind) {
    case 'assert-zero':
      compileZero(writing, opcode.expression);
      return;
    case 'black-box':
      compileBlackBox(writing, opcode.call);
      return;
    case 'memory-init':
      compileMemoryInit(writing, opcode);
      return;
    case 'memory-op':
      compileMemoryOp(writing, opcode);
      return;
    case 'brillig-call':
      compileBrillig(writing, opcode);
      return;
    case 'call':
      compileCall(writing, opcode);
      return;
    case 'to-le-radix': {
      emit(
        writing,
        'radix',
        knownForm(writing, opcode.value),
        opcode.radix,
        opcode.outputs.length,
        ...opcode.outputs,
      );
      for (const witness of opcode.outputs) setKnown(writing, witness);
      return;
    }
    default:
      opcode satisfies never;
  }
}

// ---- Witnesses and forms ----

function setKnown({ states }: Writing, witness: number): void {
  if (states[witness] !== UNKNOWN) throw new Uncompilable(`witness ${witness} is set twice`);
  states[witness] = KNOWN;
}

function needKnown({ states }: Writing, witness: number): number {
  if (states[witness] === UNKNOWN) throw new Uncompilable(`witness ${witness} is read before it is set`);
  return witness;
}

interface Sum {
  readonly terms: Map<number, bigint>;
  readonly products: { readonly left: number; readonly right: number; readonly factor: bigint }[];
  readonly constant: bigint;
}

function sumOf({ linear, mulTerms, constant }: Expression): Sum {
  const terms = new Map<number, bigint>();
  linear.witnesses.forEach((witness, k) => {
    const coefficient = linear.coefficients[k] ?? 0n;
    const known = terms.get(witness);
    terms.set(witness, known === undefined ? coefficient : known + coefficient);
  });
  const products = mulTerms
    .filter(({ coefficient }) => coefficient !== 0n)
    .map(({ left, right, coefficient }) => ({
      left: left as number,
      right: right as number,
      factor: coefficient,
    }));
  return { terms, products, constant };
}

/** An expression whose witnesses are all known. */
function knownForm(writing: Writing, expression: Expression): number {
  const sum = sumOf(expression);
  for (const witness of sum.terms.keys()) needKnown(writing, witness);
  for (const { left, right } of sum.products) {
    needKnown(writing, left);
    needKnown(writing, right);
  }
  return writeForm(writing.context.pools, sum);
}

function inputForm(writing: Writing, input: FunctionInput): number {
  const { pools } = writing.context;
  if (input.kind === 'constant') return writeForm(pools, { terms: new Map(), constant: input.value });
  return writeForm(pools, { terms: new Map([[needKnown(writing, input.witness), 1n]]), constant: 0n });
}

function constantOf({ linear, mulTerms, constant }: Expression): bigint | undefined {
  return linear.witnesses.length === 0 && mulTerms.length === 0 ? constant : undefined;
}

/** NONE where the predicate is the constant 1. */
function predicateForm(writing: Writing, predicate: Expression): number {
  return constantOf(predicate) === 1n ? NONE : knownForm(writing, predicate);
}

function setZeros(writing: Writing, witnesses: readonly number[]): void {
  if (witnesses.length === 0) return;
  const zero = writeForm(writing.context.pools, { terms: new Map(), constant: 0n });
  for (const witness of witnesses) {
    setKnown(writing, witness);
    emit(writing, 'solve', witness, zero);
  }
}

// ---- Opcodes ----

function compileZero(writing: Writing, expression: Expression): void {
  const { pools } = writing.context;
  const { prime } = pools;
  const sum = sumOf(expression);
  const unknown = onlyUnknown(writing, sum);
  if (unknown === undefined) {
    if (sum.terms.size === 0 && sum.products.length === 0 && sum.constant === 0n) return;
    emit(writing, 'check', writeForm(pools, sum));
    return;
  }
  const own = mod(sum.terms.get(unknown) ?? 0n, prime);
  sum.terms.delete(unknown);
  const factors = sum.products.filter(({ left, right }) => left === unknown || right === unknown);
  const rest = { ...sum, products: sum.products.filter(product => !factors.includes(product)) };
  if (factors.length === 0) {
    if (own === 0n) throw new Uncompilable(`witness ${unknown} cancels`);
    solveLinear(writing, unknown, { own, rest });
  } else {
    const below = new Map<number, bigint>();
    for (const { left, right, factor } of factors) {
      const other: number = left === unknown ? right : left;
      if (other === unknown) throw new Uncompilable(`witness ${unknown} is squared before it is known`);
      below.set(other, (below.get(other) ?? 0n) + factor);
    }
    emit(
      writing,
      'solve-ratio',
      unknown,
      writeForm(pools, rest, -1n),
      writeForm(pools, { terms: below, constant: own }),
    );
  }
  setKnown(writing, unknown);
}

function solveLinear(
  writing: Writing,
  unknown: number,
  { own, rest }: { readonly own: bigint; readonly rest: FormParts },
): void {
  const { pools } = writing.context;
  if (own === 1n) emit(writing, 'solve', unknown, writeForm(pools, rest, -1n));
  else if (own === pools.prime - 1n) emit(writing, 'solve', unknown, writeForm(pools, rest));
  else emit(writing, 'solve-scaled', unknown, writeForm(pools, rest, -1n), constantId(pools, own));
}

function onlyUnknown({ states }: Writing, { terms, products }: Sum): number | undefined {
  let found: number | undefined;
  const visit = (witness: number): void => {
    if (states[witness] !== UNKNOWN || witness === found) return;
    if (found !== undefined)
      throw new Uncompilable(`witnesses ${found} and ${witness} are both unknown in one constraint`);
    found = witness;
  };
  for (const witness of terms.keys()) visit(witness);
  for (const { left, right } of products) {
    visit(left);
    visit(right);
  }
  return found;
}

function compileBlackBox(writing: Writing, call: BlackBoxCall): void {
  switch (call.name) {
    case 'range':
      if (call.input.kind === 'witness')
        emit(writing, 'range', needKnown(writing, call.input.witness), call.bits);
      else if (call.input.value >> BigInt(call.bits) !== 0n) emit(writing, 'stop');
      return;
    case 'and':
    case 'xor': {
      const [left, right] = [inputForm(writing, call.left), inputForm(writing, call.right)];
      emit(writing, call.name, call.output, call.bits, left, right);
      setKnown(writing, call.output);
      return;
    }
    case 'poseidon2-permutation':
    case 'keccakf1600':
      compileBox(writing, call.name, call.inputs, call.outputs);
      return;
    case 'sha256-compression':
      compileBox(writing, call.name, [...call.inputs, ...call.state], call.outputs);
      return;
    default:
      throw new Uncompilable(`the black box ${call.name}`);
  }
}

function compileBox(
  writing: Writing,
  name: (typeof BLACK_BOXES)[number],
  inputs: readonly FunctionInput[],
  outputs: readonly number[],
): void {
  const forms = inputs.map(input => inputForm(writing, input));
  emit(writing, 'black-box', BLACK_BOXES.indexOf(name), forms.length, ...forms, outputs.length, ...outputs);
  for (const witness of outputs) setKnown(writing, witness);
}

function compileMemoryInit(writing: Writing, { block, init }: MemoryInit): void {
  if (writing.blocks.has(block)) throw new Uncompilable(`memory block ${block} is initialised twice`);
  const first = writing.cellCount;
  writing.cellCount += init.length;
  writing.blocks.set(block, { first, length: init.length });
  const { code } = writing.context;
  emit(writing, 'memory-init', first, init.length);
  for (const witness of init) push(code, needKnown(writing, witness));
}

function blockOf({ blocks }: Writing, block: number): Block {
  const found = blocks.get(block);
  if (found === undefined) throw new Uncompilable(`memory block ${block} is not initialised`);
  return found;
}

function compileMemoryOp(writing: Writing, { block, write, index, value }: MemoryOp): void {
  const { first, length } = blockOf(writing, block);
  const at = knownForm(writing, index);
  const target = write ? undefined : unknownTarget(writing, value);
  if (target === undefined) {
    emit(writing, write ? 'memory-write' : 'memory-check', first, length, at, knownForm(writing, value));
    return;
  }
  emit(writing, 'memory-read', first, length, at, target);
  setKnown(writing, target);
}

/** The witness that a read sets, where the value is one. */
function unknownTarget({ states }: Writing, { linear, mulTerms, constant }: Expression): number | undefined {
  const [witness] = linear.witnesses;
  const isWitness =
    linear.witnesses.length === 1 &&
    mulTerms.length === 0 &&
    constant === 0n &&
    linear.coefficients[0] === 1n;
  return isWitness && witness !== undefined && states[witness] === UNKNOWN ? witness : undefined;
}

function compileBrillig(writing: Writing, { id, inputs, outputs, predicate }: BrilligCall): void {
  const targets = outputs.flatMap(output => (output.kind === 'simple' ? [output.witness] : output.witnesses));
  if (constantOf(predicate) === 0n) {
    setZeros(writing, targets);
    return;
  }
  if (compileHint(writing, { id, inputs, predicate, targets })) return;
  const words: number[] = [];
  for (const input of inputs) {
    if (input.kind === 'memory') {
      const { first, length } = blockOf(writing, input.block);
      words.push(first, length);
      continue;
    }
    for (const expression of input.kind === 'single' ? [input.expression] : input.expressions)
      words.push(knownForm(writing, expression), NONE);
  }
  const { code } = writing.context;
  emit(writing, 'brillig', id, predicateForm(writing, predicate), words.length / 2);
  for (const word of words) push(code, word);
  push(code, targets.length);
  for (const target of targets) {
    setKnown(writing, target);
    push(code, target);
  }
}

interface HintCall extends Pick<BrilligCall, 'id' | 'inputs' | 'predicate'> {
  readonly targets: readonly number[];
}

/** Writes a call that engines know by heart; false where it is none. */
function compileHint(writing: Writing, { id, inputs, predicate, targets }: HintCall): boolean {
  const hint = writing.context.hints.get(id);
  const [input] = inputs;
  if (hint === undefined || inputs.length !== 1 || input?.kind !== 'single') return false;
  if (targets.length !== hint.outputCount || constantOf(predicate) !== 1n) return false;
  const form = knownForm(writing, input.expression);
  emit(writing, 'hint', HINTS.indexOf(hint.name), hint.bits, form, targets.length, ...targets);
  for (const target of targets) setKnown(writing, target);
  return true;
}

function compileCall(writing: Writing, call: Call): void {
  if (constantOf(call.predicate) === 0n) {
    setZeros(writing, call.outputs);
    return;
  }
  visitWitnesses(call, witness => {
    if (!call.outputs.includes(witness)) needKnown(writing, witness);
  });
  for (const witness of call.outputs) {
    setKnown(writing, witness);
    writing.states[witness] = PENDING;
  }
  writing.pending.push({ opcode: writing.opcode, call });
}
