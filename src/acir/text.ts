import { BRILLIG_OPERANDS, type BrilligOpcode, type BrilligOperandTypes } from './brillig.ts';
import { BLACK_BOX_FIELDS, type FieldKind, fieldsOf, OPCODE_FIELDS } from './fields.ts';
import { OPERAND_TEXT } from './text-brillig.ts';
import { TextCursor } from './text-cursor.ts';
import {
  FIELD_TEXT,
  PAYLOAD_TEXT,
  parseNumber,
  parseSum,
  parseText,
  printSum,
  type TextCodec,
} from './text-values.ts';
import type { AcirWitness, AssertMessage, BrilligFunction, Circuit, Opcode, Program } from './types.ts';

/** Prints a program. */
export function printProgram(program: Program): string {
  const sections = [...program.functions.map(printCircuit), ...program.unconstrained.map(printBrillig)];
  return `${sections.join('\n\n')}\n`;
}

/** Prints one opcode, without its index. */
export function printOpcode(opcode: Opcode): string {
  if (opcode.kind === 'assert-zero') return `assert ${printSum(opcode.expression)} = 0`;
  const name = opcode.kind === 'black-box' ? opcode.call.name : opcode.kind;
  const fields = fieldsOf(opcode).map(([field, kind, value]) => {
    const text = FIELD_TEXT[kind] as TextCodec<unknown>; // the tables pair each field with the codec of its kind
    return `${field}=${text.print(value)}`;
  });
  return [name, ...fields].join(' ');
}

/** Prints one Brillig instruction, without its index. */
export function printBrilligOpcode(opcode: BrilligOpcode): string {
  const table: Readonly<Record<string, keyof BrilligOperandTypes>> = BRILLIG_OPERANDS[opcode.kind];
  const values = opcode as unknown as Readonly<Record<string, unknown>>; // the table names its operands
  const operands = Object.entries(table).map(
    ([name, kind]) => `${name}=${(OPERAND_TEXT[kind] as TextCodec<unknown>).print(values[name])}`,
  );
  return [opcode.kind, ...operands].join(' ');
}

function printCircuit(circuit: Circuit): string {
  const lists = [
    ['private', circuit.privateParameters],
    ['public', circuit.publicParameters],
    ['return', circuit.returnValues],
  ] as const;
  return [
    `circuit ${JSON.stringify(circuit.name)}`,
    ...lists
      .filter(([, list]) => list.length > 0)
      .map(([name, list]) => `${name} ${list.map(w => `w${w}`).join(' ')}`),
    ...circuit.opcodes.map((opcode, i) => `${i}: ${printOpcode(opcode)}`),
    ...circuit.assertMessages.map(printMessage),
  ].join('\n');
}

function printMessage({ opcode, brilligOpcode, selector, text, payload }: AssertMessage): string {
  const parts = [`message opcode=${opcode}`];
  if (brilligOpcode !== undefined) parts.push(`brilligOpcode=${brilligOpcode}`);
  if (selector !== undefined) parts.push(`selector=${selector}`);
  if (text !== undefined) parts.push(`text=${JSON.stringify(text)}`);
  return [...parts, `payload=${PAYLOAD_TEXT.print(payload)}`].join(' ');
}

function printBrillig({ name, opcodes }: BrilligFunction): string {
  const lines = opcodes.map((opcode, i) => `${i}: ${printBrilligOpcode(opcode)}`);
  return [`unconstrained ${JSON.stringify(name)}`, ...lines].join('\n');
}

interface CircuitDraft {
  readonly name: string;
  readonly opcodes: Opcode[];
  privateParameters: readonly AcirWitness[];
  publicParameters: readonly AcirWitness[];
  returnValues: readonly AcirWitness[];
  readonly assertMessages: AssertMessage[];
}

interface BrilligDraft {
  readonly name: string;
  readonly opcodes: BrilligOpcode[];
}

interface Draft {
  readonly functions: CircuitDraft[];
  readonly unconstrained: BrilligDraft[];
  section: CircuitDraft | BrilligDraft | undefined;
}

/**
 * Parses what {@link printProgram} prints.
 * @throws MALFORMED_PROGRAM with line and column
 */
export function parseProgram(text: string): Program {
  const draft: Draft = { functions: [], unconstrained: [], section: undefined };
  text.split(/\r?\n/).forEach((line, i) => {
    if (line.trim() === '' || line.startsWith('#')) return;
    const cursor = new TextCursor(line, i + 1);
    parseLine(cursor, draft);
    cursor.end();
  });
  return { functions: draft.functions, unconstrained: draft.unconstrained };
}

function parseLine(cursor: TextCursor, draft: Draft): void {
  if (cursor.takes('circuit ')) {
    const lists = { privateParameters: [], publicParameters: [], returnValues: [] };
    const circuit = { name: parseText(cursor), opcodes: [], ...lists, assertMessages: [] };
    draft.functions.push(circuit);
    draft.section = circuit;
  } else if (cursor.takes('unconstrained ')) {
    const brillig = { name: parseText(cursor), opcodes: [] };
    draft.unconstrained.push(brillig);
    draft.section = brillig;
  } else if (draft.section === undefined) {
    throw cursor.fail("'circuit' or 'unconstrained' and a name");
  } else if ('assertMessages' in draft.section) parseCircuitLine(cursor, draft.section);
  else {
    skipIndex(cursor, draft.section.opcodes.length);
    draft.section.opcodes.push(parseBrilligOpcode(cursor));
  }
}

function parseCircuitLine(cursor: TextCursor, circuit: CircuitDraft): void {
  const witnesses = () => [...untilEnd(cursor)];
  if (cursor.takes('private ')) circuit.privateParameters = witnesses();
  else if (cursor.takes('public ')) circuit.publicParameters = witnesses();
  else if (cursor.takes('return ')) circuit.returnValues = witnesses();
  else if (cursor.takes('message ')) circuit.assertMessages.push(parseMessage(cursor));
  else {
    skipIndex(cursor, circuit.opcodes.length);
    circuit.opcodes.push(parseOpcode(cursor));
  }
}

function* untilEnd(cursor: TextCursor): Generator<AcirWitness> {
  do yield FIELD_TEXT.witness.parse(cursor);
  while (cursor.sees('w'));
}

function skipIndex(cursor: TextCursor, index: number): void {
  const found = cursor.tryMatch(/\d+(?=:)/y);
  if (found === undefined) return;
  if (Number(found) !== index) throw cursor.fail(`the index ${index} before this place`);
  cursor.expect(':');
}

function parseOpcode(cursor: TextCursor): Opcode {
  const name = cursor.match(/[a-z][a-z0-9-]*/y, 'an opcode');
  if (name === 'assert') {
    const expression = parseSum(cursor);
    cursor.expect('= 0');
    return { kind: 'assert-zero', expression };
  }
  const box: Fields | undefined = tableOf(BLACK_BOX_FIELDS, name);
  const table: Fields | undefined = box ?? tableOf(OPCODE_FIELDS, name);
  if (table === undefined || name === 'assert-zero') throw cursor.fail(`a known opcode instead of '${name}'`);
  const fields = parseFields(cursor, table, FIELD_TEXT);
  // The tables give exactly the fields of this opcode, each parsed by the codec of its kind.
  return (box
    ? { kind: 'black-box', call: { name, ...fields } }
    : { kind: name, ...fields }) as unknown as Opcode;
}

function parseBrilligOpcode(cursor: TextCursor): BrilligOpcode {
  const kind = cursor.match(/[a-z][a-z0-9-]*/y, 'an instruction');
  const table: Readonly<Record<string, keyof BrilligOperandTypes>> | undefined = tableOf(
    BRILLIG_OPERANDS,
    kind,
  );
  if (table === undefined) throw cursor.fail(`a known instruction instead of '${kind}'`);
  // As above.
  return { kind, ...parseFields(cursor, table, OPERAND_TEXT) } as unknown as BrilligOpcode;
}

type Fields = Readonly<Record<string, FieldKind>>;

function tableOf<T>(tables: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(tables, name) ? tables[name] : undefined;
}

function parseFields<K extends string>(
  cursor: TextCursor,
  table: Readonly<Record<string, K>>,
  codecs: Readonly<Record<K, { parse(cursor: TextCursor): unknown }>>,
): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  for (const [name, kind] of Object.entries(table)) {
    if (kind.startsWith('optional') && !cursor.sees(`${name}=`)) continue;
    cursor.expect(`${name}=`);
    fields[name] = codecs[kind].parse(cursor);
  }
  return fields;
}

function parseMessage(cursor: TextCursor): AssertMessage {
  cursor.expect('opcode=');
  const opcode = parseNumber(cursor);
  const brilligOpcode = cursor.takes('brilligOpcode=') ? parseNumber(cursor) : undefined;
  const selector = cursor.takes('selector=') ? BigInt(cursor.match(/\d+/y, 'a selector')) : undefined;
  const text = cursor.takes('text=') ? parseText(cursor) : undefined;
  cursor.expect('payload=');
  return {
    opcode,
    ...(brilligOpcode === undefined ? {} : { brilligOpcode }),
    ...(selector === undefined ? {} : { selector }),
    ...(text === undefined ? {} : { text }),
    payload: PAYLOAD_TEXT.parse(cursor),
  };
}
