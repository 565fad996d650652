/**
 * Checks a program's inputs against its ABI, and brings them into the form that noirc_abi takes: decimal texts, booleans,
 * texts, arrays and objects. noirc_abi itself names no part of a value, and lets unknown fields of structs pass.
 *
 * Numbers may be numbers, bigints, or texts, decimal or with 0x; a signed integer may be negative, and so may a field,
 * which is then taken modulo the field's order. A list may be a typed array, and an array of arrays a typed array of all
 * its elements in order.
 */
import { BionoirError } from '../errors.ts';
import { BN254_SCALAR_PRIME } from '../field/index.ts';
import type { AbiParameter, AbiType, InputMap, InputValue, TypedNumbers } from './types.ts';

/**
 * Returns the inputs in noirc_abi's form.
 *
 * @throws BionoirError MALFORMED_INPUT; its details name the `path` of the part at fault, such as "points[2].x"
 */
export function checkInputs(parameters: readonly AbiParameter[], inputs: unknown): InputMap {
  if (!isRecord(inputs))
    throw misfit(parameters, { path: '', problem: `they are ${show(inputs)}, not a table` });
  try {
    return checkFields(parameters, inputs, '');
  } catch (error) {
    if (error instanceof Misfit) throw misfit(parameters, error);
    throw error;
  }
}

/** What does not fit, and where; turned into a BionoirError at the top, where all parameters are known. */
class Misfit extends Error {
  readonly path: string;
  readonly problem: string;

  constructor(path: string, problem: string) {
    super(problem);
    this.path = path;
    this.problem = problem;
  }
}

function misfit(
  parameters: readonly AbiParameter[],
  { path, problem }: Pick<Misfit, 'path' | 'problem'>,
): BionoirError {
  const names = parameters.map(({ name }) => name);
  return new BionoirError(
    'MALFORMED_INPUT',
    `The inputs do not fit the program's parameters (${names.join(', ')}): ${problem}. Give each parameter a value of its type.`,
    { details: { parameters: names, path, problem } },
  );
}

function checkFields(
  fields: readonly { readonly name: string; readonly type: AbiType }[],
  values: Readonly<Record<string, unknown>>,
  path: string,
): InputMap {
  const checked: InputMap = {};
  for (const { name, type } of fields) {
    const inner = path === '' ? name : `${path}.${name}`;
    if (!Object.hasOwn(values, name)) throw new Misfit(inner, `'${inner}' (${typeName(type)}) is missing`);
    checked[name] = checkValue(type, values[name], inner);
  }
  for (const name of Object.keys(values)) {
    if (fields.some(field => field.name === name)) continue;
    const inner = path === '' ? name : `${path}.${name}`;
    const owner = path === '' ? 'main has no such parameter' : `'${path}' has no such field`;
    throw new Misfit(inner, `'${inner}' is given, but ${owner}`);
  }
  return checked;
}

function checkValue(type: AbiType, value: unknown, path: string): InputValue {
  switch (type.kind) {
    case 'field':
      return checkField(value, path);
    case 'integer':
      return checkInteger(type, value, path);
    case 'boolean':
      return checkBoolean(value, path);
    case 'string':
      return checkText(type, value, path);
    case 'array':
      return checkList(
        type,
        Array.from({ length: type.length }, () => type.type),
        { value, path },
      );
    case 'tuple':
      return checkList(type, type.fields, { value, path });
    case 'struct':
      if (!isRecord(value)) throw wrongType(type, value, path);
      return checkFields(type.fields, value, path);
    default:
      return type satisfies never;
  }
}

function checkField(value: unknown, path: string): string {
  const number = toNumber(value);
  if (number === undefined) throw wrongType({ kind: 'field' }, value, path);
  if (number <= -BN254_SCALAR_PRIME || number >= BN254_SCALAR_PRIME)
    throw new Misfit(path, `'${path}' is ${number}; a Field is less than ${BN254_SCALAR_PRIME}`);
  return String(number < 0n ? number + BN254_SCALAR_PRIME : number);
}

function checkInteger(type: Extract<AbiType, { kind: 'integer' }>, value: unknown, path: string): string {
  const number = toNumber(value);
  if (number === undefined) throw wrongType(type, value, path);
  const isSigned = type.sign === 'signed';
  const top = 1n << BigInt(isSigned ? type.width - 1 : type.width);
  const bottom = isSigned ? -top : 0n;
  if (number < bottom || number >= top)
    throw new Misfit(path, `'${path}' is ${number}; ${typeName(type)} holds ${bottom}..${top - 1n}`);
  return String(number);
}

function checkBoolean(value: unknown, path: string): boolean {
  if (typeof value === 'boolean') return value;
  if (value === 'true' || value === 'false') return value === 'true';
  const number = toNumber(value);
  if (number !== 0n && number !== 1n) throw wrongType({ kind: 'boolean' }, value, path);
  return number === 1n;
}

function checkText(type: Extract<AbiType, { kind: 'string' }>, value: unknown, path: string): string {
  if (typeof value !== 'string') throw wrongType(type, value, path);
  const { length } = new TextEncoder().encode(value);
  if (length === type.length) return value;
  throw new Misfit(path, `'${path}' has ${length} bytes; ${typeName(type)} takes ${type.length}`);
}

function checkList(
  type: AbiType,
  items: readonly AbiType[],
  { value, path }: { readonly value: unknown; readonly path: string },
): InputValue[] {
  const list = isTyped(value) ? splitTyped(type, value, path) : value;
  if (!Array.isArray(list)) throw wrongType(type, value, path);
  if (list.length !== items.length)
    throw new Misfit(path, `'${path}' has ${list.length} elements; ${typeName(type)} takes ${items.length}`);
  return items.map((item, index) => checkValue(item, list[index], `${path}[${index}]`));
}

function isTyped(value: unknown): value is TypedNumbers {
  return ArrayBuffer.isView(value) && !(value instanceof DataView);
}

/** A typed array as the elements of a list: its numbers, or its equal parts for an array of arrays. */
function splitTyped(type: AbiType, value: TypedNumbers, path: string): readonly unknown[] {
  if (type.kind !== 'array' || type.type.kind !== 'array') return Array.from<number | bigint>(value);
  const part = numberCount(type.type);
  if (part === undefined) throw wrongType(type, value, path);
  if (value.length !== type.length * part)
    throw new Misfit(
      path,
      `'${path}' has ${value.length} numbers; ${typeName(type)} takes ${type.length * part} in all`,
    );
  return Array.from({ length: type.length }, (_, index) => value.subarray(part * index, part * (index + 1)));
}

/** How many numbers a nested array of numbers holds; undefined for other elements. */
function numberCount(type: AbiType): number | undefined {
  if (type.kind === 'field' || type.kind === 'integer' || type.kind === 'boolean') return 1;
  const inner = type.kind === 'array' ? numberCount(type.type) : undefined;
  return type.kind === 'array' && inner !== undefined ? type.length * inner : undefined;
}

function wrongType(type: AbiType, value: unknown, path: string): Misfit {
  return new Misfit(path, `'${path}' is ${show(value)}, which is not of type ${typeName(type)}`);
}

/** A whole number from a number, a bigint or a text; undefined for anything else. */
function toNumber(value: unknown): bigint | undefined {
  if (typeof value === 'bigint') return value;
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : undefined;
  if (typeof value !== 'string' || !/^-?(\d+|0x[0-9a-fA-F]+)$/.test(value)) return undefined;
  return value.startsWith('-') ? -BigInt(value.slice(1)) : BigInt(value);
}

const SHOWN_CHARACTERS = 40;

function show(value: unknown): string {
  if (typeof value === 'bigint') return String(value);
  if (isTyped(value)) return `${value.constructor.name}(${value.length})`;
  const text = JSON.stringify(value, (_key, inner) => (typeof inner === 'bigint' ? String(inner) : inner));
  if (text === undefined) return String(value);
  return text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** How Noir writes a type: "[u8; 4]", "(Field, bool)", "Point". */
export function typeName(type: AbiType): string {
  switch (type.kind) {
    case 'field':
      return 'Field';
    case 'boolean':
      return 'bool';
    case 'integer':
      return `${type.sign === 'signed' ? 'i' : 'u'}${type.width}`;
    case 'string':
      return `str<${type.length}>`;
    case 'array':
      return `[${typeName(type.type)}; ${type.length}]`;
    case 'tuple':
      return `(${type.fields.map(typeName).join(', ')})`;
    case 'struct':
      return type.path.split('::').at(-1) ?? type.path;
    default:
      return type satisfies never;
  }
}

/** Prints a value of the ABI decoder as Noir would write it; numbers in decimal, fields in hexadecimal. */
export function showValue(type: AbiType, value: InputValue): string {
  switch (type.kind) {
    case 'field':
      return `0x${toBigInt(value).toString(16)}`;
    case 'integer':
      return String(toBigInt(value));
    case 'boolean':
      return String(value === true || (value !== false && toBigInt(value) === 1n));
    case 'string':
      return JSON.stringify(value);
    case 'array':
      return `[${asList(value)
        .map(item => showValue(type.type, item))
        .join(', ')}]`;
    case 'tuple':
      return `(${type.fields.map((field, index) => showValue(field, asList(value)[index] ?? '0')).join(', ')})`;
    case 'struct': {
      const fields = value as InputMap; // the decoder gives a struct as a map
      const shown = type.fields.map(
        ({ name, type: inner }) => `${name}: ${showValue(inner, fields[name] ?? '0')}`,
      );
      return `${typeName(type)} { ${shown.join(', ')} }`;
    }
    default:
      return type satisfies never;
  }
}

function asList(value: InputValue): readonly InputValue[] {
  return Array.isArray(value) ? value : [];
}

/** The decoder writes a negative number as "-0x2". */
function toBigInt(value: InputValue): bigint {
  return toNumber(value) ?? 0n;
}
