/** Programs from the wire: functions, opcodes, expressions and assertion messages in the shape of a dialect. */

import {
  acirWitness,
  asConstant,
  constantExpression,
  NO_LINEAR_TERMS,
  NO_MUL_TERMS,
  ONE_EXPRESSION,
  witnessExpression,
} from '../../src/acir/index.ts';
import type {
  AcirWitness,
  AssertMessage,
  BlockKind,
  BrilligFunction,
  BrilligInput,
  BrilligOutput,
  Circuit,
  Expression,
  LinearTerms,
  MemoryOp,
  MulTerm,
  Opcode,
  Program,
} from '../../src/acir/types.ts';
import type { CircuitField, Dialect, OpcodeName } from './dialects.ts';
import { blackBoxReader, witness } from './read-black-box.ts';
import { brilligFunction, brilligOpcodes, byCount } from './read-brillig.ts';
import {
  boolean,
  data,
  emptyList,
  list,
  map,
  option,
  pair,
  type Read,
  type Source,
  size,
  struct,
  text,
  u32,
  u64,
  unit,
  variants,
} from './source.ts';

const EXPRESSION_FIELDS = ['mul_terms', 'linear_combinations', 'q_c'];

/** Readers made so far: building one from its dialect takes longer than reading a small program. */
const readers = new Map<Dialect, Read<Program>>();

/** Reads a program of a dialect. Function names are empty where the release keeps them beside the program. */
export function readProgram(source: Source, dialect: Dialect): Program {
  if (dialect.singleCircuit) return readSingleCircuit(source, dialect);
  const read = readers.get(dialect) ?? programReader(dialect);
  readers.set(dialect, read);
  return read(source);
}

function programReader(dialect: Dialect): Read<Program> {
  const fields = {
    functions: list(circuitReader(dialect, opcodeReader(dialect))),
    unconstrained_functions: list(brilligFunction(dialect.brillig)),
  };
  return map(struct(fields), f => ({ functions: f.functions, unconstrained: f.unconstrained_functions }));
}

/** The oldest form: one circuit whose opcodes carry their Brillig code, which moves out of line here. */
function readSingleCircuit(source: Source, dialect: Dialect): Program {
  const unconstrained: BrilligFunction[] = [];
  const circuit = circuitReader(dialect, opcodeReader(dialect, unconstrained))(source);
  return { functions: [circuit], unconstrained };
}

/**
 * Reads an expression. Written out, since a large network is millions of these terms: no object and no bigint is made
 * for a linear term.
 */
export function expression(source: Source): Expression {
  const form = source.struct(3);
  source.key(form, EXPRESSION_FIELDS, 0);
  const mulTerms = readMulTerms(source);
  source.key(form, EXPRESSION_FIELDS, 1);
  const linear = readLinearTerms(source);
  source.key(form, EXPRESSION_FIELDS, 2);
  const constant = source.field();
  if (mulTerms.length === 0 && linear.witnesses.length === 0) return constantExpression(constant);
  return { mulTerms, linear, constant };
}

function readMulTerms(source: Source): readonly MulTerm[] {
  const count = source.list();
  if (count === 0) return NO_MUL_TERMS;
  const terms = emptyList<MulTerm>(count);
  for (let i = 0; i < count; i++) {
    source.tuple(3);
    const coefficient = source.field();
    const left = acirWitness(source.u32());
    terms[i] = { coefficient, left, right: acirWitness(source.u32()) };
  }
  return terms;
}

function readLinearTerms(source: Source): LinearTerms {
  const count = source.list();
  if (count === 0) return NO_LINEAR_TERMS;
  const witnesses = source.column(count);
  const coefficients = emptyList<bigint>(count);
  for (let i = 0; i < count; i++) {
    source.tuple(2);
    coefficients[i] = source.field();
    witnesses[i] = source.u32();
  }
  return { witnesses, coefficients };
}

function circuitReader(dialect: Dialect, opcode: Read<Opcode>): Read<Circuit> {
  const witnesses = list(witness);
  const readers: Readonly<Record<CircuitField, Read<unknown>>> = {
    function_name: text,
    current_witness_index: u32,
    opcodes: list(opcode),
    expression_width: variants<unknown>({
      Unbounded: unit(undefined),
      Bounded: data(struct({ width: size }), f => f),
    }),
    private_parameters: witnesses,
    public_parameters: witnesses,
    return_values: witnesses,
    assert_messages: list(pair(opcodeLocation, assertPayload(dialect))),
    recursive: boolean,
  };
  const forms = dialect.circuits.map(names => {
    const fields = names.map(name => [name, readers[name]] as const);
    return { count: names.length, read: map(struct(Object.fromEntries(fields)), toCircuit) };
  });
  return byCount(forms);
}

/** Every circuit form holds these fields, each from its reader above; `function_name` may be missing. */
function toCircuit(fields: Readonly<Record<string, unknown>>): Circuit {
  const messages = fields.assert_messages as readonly (readonly [Location, Payload])[];
  return {
    name: (fields.function_name ?? '') as string,
    opcodes: fields.opcodes as readonly Opcode[],
    privateParameters: fields.private_parameters as readonly AcirWitness[],
    publicParameters: fields.public_parameters as readonly AcirWitness[],
    returnValues: fields.return_values as readonly AcirWitness[],
    assertMessages: messages.map(([location, payload]) => ({ ...location, ...payload })),
  };
}

type Location = Pick<AssertMessage, 'opcode' | 'brilligOpcode'>;
type Payload = Pick<AssertMessage, 'selector' | 'text' | 'payload'>;

const opcodeLocation = variants<Location>({
  Acir: data(size, opcode => ({ opcode })),
  Brillig: data(struct({ acir_index: size, brillig_index: size }), f => ({
    opcode: f.acir_index,
    brilligOpcode: f.brillig_index,
  })),
});

function assertPayload(dialect: Dialect): Read<Payload> {
  const items = list(
    variants<AssertMessage['payload'][number]>({
      Expression: data(expression, found => ({ kind: 'expression', expression: found })),
      Memory: data(u32, block => ({ kind: 'memory', block })),
    }),
  );
  if (dialect.assertPayload === 'text') return map(text, message => ({ text: message, payload: [] }));
  if (dialect.assertPayload === 'payload') {
    return map(struct({ error_selector: u64, payload: items }), f => ({
      selector: f.error_selector,
      payload: f.payload,
    }));
  }
  return variants<Payload>({
    StaticString: data(text, message => ({ text: message, payload: [] })),
    Dynamic: data(pair(u64, items), ([selector, payload]) => ({ selector, payload })),
  });
}

/** @param inlined where Brillig code found inside opcodes goes (the oldest form) */
function opcodeReader(dialect: Dialect, inlined: BrilligFunction[] = []): Read<Opcode> {
  const black = blackBoxReader(dialect);
  const readers: Readonly<Record<OpcodeName, Read<Opcode>>> = {
    AssertZero: data(expression, found => ({ kind: 'assert-zero', expression: found })),
    BlackBoxFuncCall: data(black, call => ({ kind: 'black-box', call })),
    Directive: data(directive, found => found),
    Brillig: inlineBrillig(dialect, inlined),
    MemoryOp: memoryOp(dialect),
    MemoryInit: memoryInit(dialect),
    BrilligCall: brilligCall(dialect),
    Call: call(dialect),
  };
  const entries = dialect.opcodes.map(name => [name, readers[name]] as const);
  return variants<Opcode>(Object.fromEntries(entries));
}

const directive = variants<Opcode>({
  ToLeRadix: data(struct({ a: expression, b: list(witness), radix: u32 }), f => ({
    kind: 'to-le-radix',
    value: f.a,
    outputs: f.b,
    radix: f.radix,
  })),
});

/** An absent predicate is the constant 1. */
function predicate(dialect: Dialect): Read<Expression> {
  // Msgpack writes no Option, but its nil has one meaning only.
  return dialect.optionalPredicate || dialect.container === 'msgpack'
    ? map(option(expression), found => found ?? ONE_EXPRESSION)
    : expression;
}

function brilligInputs(dialect: Dialect): Read<readonly BrilligInput[]> {
  const single = { Single: data(expression, found => ({ kind: 'single' as const, expression: found })) };
  const many = { Array: data(list(expression), found => ({ kind: 'array' as const, expressions: found })) };
  const memory = { MemoryArray: data(u32, block => ({ kind: 'memory' as const, block })) };
  return list(
    variants<BrilligInput>(
      dialect.singleCircuit ? { ...single, ...many } : { ...single, ...many, ...memory },
    ),
  );
}

const brilligOutputs = list(
  variants<BrilligOutput>({
    Simple: data(witness, found => ({ kind: 'simple', witness: found })),
    Array: data(list(witness), found => ({ kind: 'array', witnesses: found })),
  }),
);

function brilligCall(dialect: Dialect): Read<Opcode> {
  const fields = {
    id: u32,
    inputs: brilligInputs(dialect),
    outputs: brilligOutputs,
    predicate: predicate(dialect),
  };
  return data(struct(fields), f => ({ kind: 'brillig-call', ...f }));
}

function inlineBrillig(dialect: Dialect, inlined: BrilligFunction[]): Read<Opcode> {
  const fields = {
    inputs: brilligInputs(dialect),
    outputs: brilligOutputs,
    bytecode: brilligOpcodes(dialect.brillig),
    predicate: predicate(dialect),
  };
  return data(struct(fields), ({ bytecode, ...rest }) => {
    const id = inlined.push({ name: '', opcodes: bytecode }) - 1;
    return { kind: 'brillig-call', id, ...rest };
  });
}

function call(dialect: Dialect): Read<Opcode> {
  const fields = { id: u32, inputs: list(witness), outputs: list(witness), predicate: predicate(dialect) };
  return data(struct(fields), f => ({ kind: 'call', ...f }));
}

function memoryInit(dialect: Dialect): Read<Opcode> {
  const fields = { block_id: u32, init: list(witness) };
  const read: Read<{ block_id: number; init: AcirWitness[]; block_type: BlockKind }> =
    dialect.blockKind === 'none'
      ? map(struct(fields), f => ({ ...f, block_type: { kind: 'memory' } }))
      : struct({ ...fields, block_type: blockKind(dialect) });
  return data(read, f => ({
    kind: 'memory-init',
    block: f.block_id,
    init: f.init,
    blockKind: f.block_type,
  }));
}

function blockKind(dialect: Dialect): Read<BlockKind> {
  return variants<BlockKind>({
    Memory: unit({ kind: 'memory' }),
    CallData:
      dialect.blockKind === 'bare'
        ? unit({ kind: 'call-data', id: 0 })
        : data(u32, id => ({ kind: 'call-data', id })),
    ReturnData: unit({ kind: 'return-data' }),
  });
}

type Access = Pick<MemoryOp, 'write' | 'index' | 'value'>;

function memoryOp(dialect: Dialect): Read<Opcode> {
  const fields = { block_id: u32, op: memoryAccess };
  if (!dialect.memoryPredicate) {
    return data(struct(fields), f => ({ kind: 'memory-op', block: f.block_id, ...f.op }));
  }
  const read = struct({ ...fields, predicate: option(expression) });
  return source => {
    source.payload();
    const { block_id, op, predicate: condition } = read(source);
    // No release writes one; a constant 1 means the same as none.
    if (condition !== undefined && asConstant(condition) !== 1n) {
      throw source.fail('a memory access with a predicate before its place');
    }
    return { kind: 'memory-op', block: block_id, ...op };
  };
}

/** Up to beta.21 all three fields are expressions; from beta.22 on (msgpack only) a boolean and two witnesses. */
const memoryAccess: Read<Access> = source => {
  const names = ['read', 'index', 'value'];
  const form = source.struct(3);
  source.key(form, names, 0);
  const narrow = source.describesItself && source.peekBoolean();
  const write = narrow ? source.boolean() : operation(source);
  const operand = narrow ? map(witness, witnessExpression) : expression;
  source.key(form, names, 1);
  const index = operand(source);
  source.key(form, names, 2);
  return { write, index, value: operand(source) };
};

/** The constant 0 (read) or 1 (write). */
function operation(source: Source): boolean {
  const value = asConstant(expression(source));
  if (value !== 0n && value !== 1n)
    throw source.fail('a memory access that is neither read nor write before its place');
  return value === 1n;
}
