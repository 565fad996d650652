/**
 * Programs for tests, as text. One statement a line:
 *
 *     fn main
 *     private w0 w1          parameters and return values
 *     public w2
 *     return w3
 *     2*w0*w1 - w2 + 5       assert that the expression is 0
 *     range w0 8
 *     brillig w4 w5          witnesses that unconstrained code computes
 *     call 1 (w0 w1) (w3) if w4
 *     init 0 w1 w2           memory block 0 with two cells
 *     read 0 [w1] w5
 *     write 0 [w1 + 1] w5
 *     and w1 w2 w3 8         w3 = w1 & w2 on 8 bits; also xor
 */
import { acirWitness, constantExpression, ONE_EXPRESSION } from '../../src/acir/index.ts';
import type { Circuit, Expression, FunctionInput, MulTerm, Opcode, Program } from '../../src/acir/types.ts';

interface MutableCircuit {
  name: string;
  opcodes: Opcode[];
  privateParameters: Circuit['privateParameters'][number][];
  publicParameters: Circuit['publicParameters'][number][];
  returnValues: Circuit['returnValues'][number][];
  assertMessages: never[];
}

/** Parses the text of a program; functions come in order, main first. */
export function program(text: string): Program {
  const functions: MutableCircuit[] = [];
  for (const line of text.split('\n').map(part => part.replace(/#.*/, '').trim())) {
    if (line === '') continue;
    if (line.startsWith('fn ')) functions.push(emptyCircuit(line.slice(3).trim()));
    else statement(functions.at(-1) ?? failed(line), line);
  }
  return { functions, unconstrained: [] };
}

function emptyCircuit(name: string): MutableCircuit {
  return {
    name,
    opcodes: [],
    privateParameters: [],
    publicParameters: [],
    returnValues: [],
    assertMessages: [],
  };
}

function statement(circuit: MutableCircuit, line: string): void {
  const [word = '', ...rest] = line.split(/\s+/);
  if (word === 'private') circuit.privateParameters.push(...rest.map(witness));
  else if (word === 'public') circuit.publicParameters.push(...rest.map(witness));
  else if (word === 'return') circuit.returnValues.push(...rest.map(witness));
  else circuit.opcodes.push(opcode(word, rest, line));
}

function opcode(word: string, rest: readonly string[], line: string): Opcode {
  switch (word) {
    case 'range': {
      const call = { name: 'range', input: input(rest[0]), bits: Number(rest[1]) } as const;
      return { kind: 'black-box', call };
    }
    case 'and':
    case 'xor': {
      const [left, right] = [input(rest[0]), input(rest[1])];
      const call = { name: word, left, right, output: witness(rest[2]), bits: Number(rest[3]) } as const;
      return { kind: 'black-box', call };
    }
    case 'brillig': {
      const outputs = rest.map(name => ({ kind: 'simple', witness: witness(name) }) as const);
      return { kind: 'brillig-call', id: 0, inputs: [], outputs, predicate: ONE_EXPRESSION };
    }
    case 'init':
      return {
        kind: 'memory-init',
        block: Number(rest[0]),
        init: rest.slice(1).map(witness),
        blockKind: { kind: 'memory' },
      };
    case 'read':
    case 'write':
      return memoryOp(word, line);
    case 'call':
      return call(line);
    default:
      return { kind: 'assert-zero', expression: expression(line) };
  }
}

function memoryOp(word: string, line: string): Opcode {
  const match = /^\w+ (\d+) \[(.*)\] (.*)$/.exec(line) ?? failed(line);
  return {
    kind: 'memory-op',
    block: Number(match[1]),
    write: word === 'write',
    index: expression(match[2] ?? ''),
    value: expression(match[3] ?? ''),
  };
}

function call(line: string): Opcode {
  const match = /^call (\d+) \(([^)]*)\) \(([^)]*)\)(?: if (.*))?$/.exec(line) ?? failed(line);
  const names = (text: string | undefined): string[] => (text ?? '').split(/\s+/).filter(name => name !== '');
  return {
    kind: 'call',
    id: Number(match[1]),
    inputs: names(match[2]).map(witness),
    outputs: names(match[3]).map(witness),
    predicate: match[4] === undefined ? ONE_EXPRESSION : expression(match[4]),
  };
}

/** Parses `2*w0*w1 - w2 + 5`. Coefficients stay signed integers; the lowering reduces them. */
export function expression(text: string): Expression {
  const mulTerms: MulTerm[] = [];
  const witnesses: number[] = [];
  const coefficients: bigint[] = [];
  let constant = 0n;
  for (const word of text
    .replaceAll(' ', '')
    .replace(/(?!^)([+-])/g, ' $1')
    .split(' ')) {
    const negative = word.startsWith('-');
    const factors = word.replace(/^[+-]/, '').split('*');
    const wires = factors.filter(factor => factor.startsWith('w'));
    const size = factors
      .filter(factor => /^\d+$/.test(factor))
      .reduce((product, part) => product * BigInt(part), 1n);
    const coefficient = negative ? -size : size;
    const [left, right] = wires;
    if (left !== undefined && right !== undefined) {
      mulTerms.push({ coefficient, left: witness(left), right: witness(right) });
    } else if (left !== undefined) {
      witnesses.push(witness(left));
      coefficients.push(coefficient);
    } else {
      constant += coefficient;
    }
  }
  if (wiresMissing(mulTerms, witnesses)) return { ...constantExpression(0n), constant };
  return { mulTerms, linear: { witnesses: Uint32Array.from(witnesses), coefficients }, constant };
}

function wiresMissing(mulTerms: readonly MulTerm[], witnesses: readonly number[]): boolean {
  return mulTerms.length === 0 && witnesses.length === 0;
}

function witness(name = ''): ReturnType<typeof acirWitness> {
  const match = /^w(\d+)$/.exec(name) ?? failed(name);
  return acirWitness(Number(match[1]));
}

function input(text = ''): FunctionInput {
  return text.startsWith('w')
    ? { kind: 'witness', witness: witness(text) }
    : { kind: 'constant', value: BigInt(text) };
}

function failed(line: string): never {
  throw new Error(`The test program has the statement '${line}'.`);
}
