/**
 * The text form of a constraint system: one line a constraint, for snapshots, pass tests and bug reports.
 *
 *     prime 97                                    absent: BN254's scalar field
 *     public w1 w2
 *     private w3..w9
 *     challenge w3 / round2 w8 w9                 in a system with rounds: what stands before and after `private`
 *     (2*w2 + 1) * (w3) = (w1)  # layer dense_1, relu, dense_1.nr:41 [2:17 dense_1_row]
 *     (0) * (0) = (w1 - 3*w4)
 *
 * Terms stand in wire order with the constant last; coefficients above p/2 are negative; a run of more than two wires is
 * written first..last. After `#` stands the provenance: layer, gadget, place, [function:opcode name].
 */
import { BionoirError } from '../errors.ts';
import { BN254_SCALAR_PRIME, toSigned } from '../field/index.ts';
import { createSystemBuilder, endConstraint, finishSystem, type SystemBuilder } from './builder.ts';
import { createCoefficientTable, intern } from './coefficients.ts';
import { provenanceOf } from './provenance.ts';
import { firstChallenge, firstOfRoundOne, firstOfRoundTwo } from './rounds.ts';
import { type Accumulator, accumulate, createAccumulator, flush, type RowBuffer } from './sparse.ts';
import type { ConstraintSystem, Provenance, SparseRows } from './types.ts';

/** Prints a system; {@link parseSystem} reads it back. */
export function printSystem(system: ConstraintSystem): string {
  const lines: string[] = [];
  if (system.prime !== BN254_SCALAR_PRIME) lines.push(`prime ${system.prime}`);
  if (system.publicCount > 0) lines.push(`public ${printWires(1, system.publicCount)}`);
  const [one, two] = [firstOfRoundOne(system), firstOfRoundTwo(system)];
  for (const [word, first, end] of [
    ['challenge', firstChallenge(system), one],
    ['private', one, two],
    ['round2', two, system.wireCount],
  ] as const)
    if (end > first) lines.push(`${word} ${printWires(first, end - 1)}`);
  for (let row = 0; row < system.constraintCount; row++) {
    const [a, b, c] = [system.a, system.b, system.c].map(rows => printForm(system, rows, row));
    lines.push(`(${a}) * (${b}) = (${c})  # ${printProvenance(provenanceOf(system, row))}`);
  }
  return `${lines.join('\n')}\n`;
}

/** Prints row `row` of one matrix as a linear form. */
export function printForm(system: ConstraintSystem, rows: SparseRows, row: number): string {
  const terms: string[] = [];
  let constant = '';
  const [start, end] = [rows.rowStarts[row] ?? 0, rows.rowStarts[row + 1] ?? 0];
  for (let k = start; k < end; k++) {
    const wire = rows.wires[k] ?? 0;
    const value = toSigned(system.coefficients[rows.coefficientIds[k] ?? 0] ?? 0n, system.prime);
    if (wire === 0) constant = signedTerm(value, '');
    else terms.push(signedTerm(value, `w${wire}`));
  }
  const text = [...terms, constant].join('').replace(/^ \+ /, '').replace(/^ - /, '-');
  return text === '' ? '0' : text;
}

function signedTerm(value: bigint, wire: string): string {
  const size = value < 0n ? -value : value;
  const body = wire === '' ? `${size}` : size === 1n ? wire : `${size}*${wire}`;
  return `${value < 0n ? ' - ' : ' + '}${body}`;
}

function printWires(first: number, last: number): string {
  if (last - first > 1) return `w${first}..w${last}`;
  return first === last ? `w${first}` : `w${first} w${last}`;
}

function printProvenance(origin: Provenance): string {
  const layer = origin.layer === undefined ? '' : `layer ${origin.layer}, `;
  const place = origin.file === undefined ? '' : `, ${origin.file}:${origin.line ?? 0}`;
  const name = origin.functionName === undefined ? '' : ` ${origin.functionName}`;
  return `${layer}${origin.gadget}${place} [${origin.functionIndex}:${origin.opcodeIndex}${name}]`;
}

interface Parse {
  readonly builder: SystemBuilder;
  readonly sum: Accumulator;
  readonly provenance: Provenance[];
}

/**
 * Parses the text form. Wires must be numbered 1..n: public ones, challenges, private ones, those of round 2. A comment
 * may be any text.
 * @throws BionoirError MALFORMED_R1CS with the line at fault.
 */
export function parseSystem(text: string): ConstraintSystem {
  const lines = text.split('\n').map((line, index) => ({ line: line.trim(), number: index + 1 }));
  const head = (word: string) => lines.filter(({ line }) => line.startsWith(`${word} `));
  const prime = BigInt(head('prime')[0]?.line.slice(6) ?? BN254_SCALAR_PRIME);
  const publics = head('public').flatMap(({ line, number }) => parseWires(line.slice(7), number));
  const challenges = head('challenge').flatMap(({ line, number }) => parseWires(line.slice(10), number));
  const privates = head('private').flatMap(({ line, number }) => parseWires(line.slice(8), number));
  const later = head('round2').flatMap(({ line, number }) => parseWires(line.slice(7), number));
  const wires = [...publics, ...challenges, ...privates, ...later];
  const wireCount = wires.length + 1;
  wires.forEach((wire, index) => {
    if (wire !== index + 1) throw malformed(`declares w${wire} where w${index + 1} is due`, 1);
  });
  const table = createCoefficientTable(prime);
  const parse: Parse = {
    builder: createSystemBuilder(table),
    sum: createAccumulator(table, wireCount),
    provenance: [],
  };
  for (const { line, number } of lines) {
    if (line !== '' && !/^(prime|public|challenge|private|round2|#)/.test(line))
      parseConstraint(parse, line, number);
  }
  return finishSystem(parse.builder, {
    wireCount,
    publicCount: publics.length,
    ...(challenges.length + later.length === 0
      ? {}
      : { rounds: { challengeCount: challenges.length, roundOneCount: privates.length } }),
    provenance: parse.provenance,
  });
}

function parseWires(text: string, line: number): number[] {
  return text
    .trim()
    .split(/\s+/)
    .flatMap(word => {
      const match = /^w(\d+)(?:\.\.w(\d+))?$/.exec(word);
      if (!match) throw malformed(`declares '${word}', not wires like w3 or w3..w9`, line);
      const [first, last] = [Number(match[1]), Number(match[2] ?? match[1])];
      return Array.from({ length: last - first + 1 }, (_, index) => first + index);
    });
}

function parseConstraint(parse: Parse, line: string, number: number): void {
  const match = /^\(([^()]*)\) \* \(([^()]*)\) = \(([^()]*)\)\s*(?:#\s*(.*))?$/.exec(line);
  if (!match) throw malformed(`is not of the form (A) * (B) = (C): '${line}'`, number);
  const { builder } = parse;
  parseForm(parse, match[1] ?? '', builder.a, number);
  parseForm(parse, match[2] ?? '', builder.b, number);
  parseForm(parse, match[3] ?? '', builder.c, number);
  parse.provenance.push(parseProvenance(match[4] ?? ''));
  endConstraint(builder, parse.provenance.length - 1);
}

function parseForm(parse: Parse, text: string, rows: RowBuffer, line: number): void {
  const { table } = parse.builder;
  for (const word of text
    .replaceAll(' ', '')
    .replace(/(?!^)([+-])/g, ' $1')
    .split(' ')) {
    const match = /^([+-]?)(?:(\d+)|(?:(\d+)\*)?w(\d+))$/.exec(word);
    if (!match) throw malformed(`holds the term '${word}'`, line);
    const size = BigInt(match[2] ?? match[3] ?? '1');
    const wire = Number(match[4] ?? '0');
    if (wire >= parse.sum.idOf.length) throw malformed(`uses w${wire}, which is not declared`, line);
    if (match[4] === '0') throw malformed('uses w0; the constant is written as a plain number', line);
    accumulate(parse.sum, wire, intern(table, match[1] === '-' ? -size : size));
  }
  flush(parse.sum, rows);
}

function parseProvenance(comment: string): Provenance {
  const match = /^(?:layer (\S+), )?(.*?)(?:, ([^\s,]+):(\d+))?(?: \[(\d+):(\d+)(?: ([^\]]+))?\])?$/.exec(
    comment,
  );
  const [, layer, gadget, file, line, functionIndex, opcodeIndex, functionName] = match ?? [];
  return {
    gadget: gadget ?? '',
    functionIndex: Number(functionIndex ?? 0),
    opcodeIndex: Number(opcodeIndex ?? 0),
    ...(file === undefined ? {} : { file, line: Number(line) }),
    ...(functionName === undefined ? {} : { functionName }),
    ...(layer === undefined ? {} : { layer }),
  };
}

function malformed(problem: string, line: number): BionoirError {
  return new BionoirError(
    'MALFORMED_R1CS',
    `The constraint text ${problem}, at line ${line}. Write 'public w1', 'private w2..w9' and '(2*w2 + 1) * (w3) = (w1)'.`,
    { location: `line ${line}`, details: { line } },
  );
}
