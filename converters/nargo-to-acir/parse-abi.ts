/** The `abi` of an artifact, checked: everything that later stages read is there and of the right type. */
import type {
  Abi,
  AbiErrorType,
  AbiField,
  AbiParameter,
  AbiType,
  AbiVisibility,
  AbiWitnessRange,
} from '../../src/acir/index.ts';
import { BionoirError } from '../../src/errors.ts';
import { isRecord } from './json.ts';
import { MAX_DEPTH } from './source.ts';

const VISIBILITIES: readonly unknown[] = ['public', 'private', 'databus'];
/** Widths go up to u128 and, in old releases, to 127 bits of any number. */
const MAX_INTEGER_WIDTH = 254;

/**
 * Checks an ABI and gives it back with the parts that old releases leave out.
 * @throws MALFORMED_ARTIFACT naming the part that is wrong
 */
export function parseAbi(value: unknown): Abi {
  const abi = record(value, 'abi');
  const result: Abi = {
    parameters: items(abi.parameters, 'abi.parameters', parameter),
    return_type: abi.return_type == null ? null : returnType(abi.return_type),
    error_types: abi.error_types == null ? {} : errorTypes(abi.error_types),
  };
  if (abi.param_witnesses == null) return result;
  return {
    ...result,
    param_witnesses: entries(abi.param_witnesses, 'abi.param_witnesses', (ranges, where) =>
      items(ranges, where, witnessRange),
    ),
    return_witnesses: items(abi.return_witnesses ?? [], 'abi.return_witnesses', amount),
  };
}

function parameter(value: unknown, where: string): AbiParameter {
  return { ...field(value, where), visibility: visibility(record(value, where).visibility, where) };
}

function field(value: unknown, where: string, depth = 0): AbiField {
  const { name, type } = record(value, where);
  return { name: string(name, `${where}.name`), type: abiType(type, `${where}.type`, depth) };
}

/** Old releases give the type alone. */
function returnType(value: unknown): Abi['return_type'] {
  const where = 'abi.return_type';
  const found = record(value, where);
  return {
    abi_type: abiType(found.abi_type, `${where}.abi_type`),
    visibility: visibility(found.visibility, where),
  };
}

function abiType(value: unknown, where: string, depth = 0): AbiType {
  if (depth > MAX_DEPTH) throw wrong(where, `nests at most ${MAX_DEPTH} levels deep`, value);
  const type = record(value, where);
  switch (type.kind) {
    case 'field':
    case 'boolean':
      return { kind: type.kind };
    case 'integer':
      return { kind: 'integer', sign: sign(type.sign, where), width: width(type.width, `${where}.width`) };
    case 'string':
      return { kind: 'string', length: amount(type.length, `${where}.length`) };
    case 'array': {
      const length = amount(type.length, `${where}.length`);
      return { kind: 'array', length, type: abiType(type.type, `${where}.type`, depth + 1) };
    }
    case 'tuple':
      return {
        kind: 'tuple',
        fields: items(type.fields, `${where}.fields`, (v, at) => abiType(v, at, depth + 1)),
      };
    case 'struct': {
      const fields = items(type.fields, `${where}.fields`, (v, at) => field(v, at, depth + 1));
      return { kind: 'struct', path: string(type.path, `${where}.path`), fields };
    }
    default:
      throw wrong(`${where}.kind`, 'is field, boolean, integer, string, array, tuple or struct', type.kind);
  }
}

function errorTypes(value: unknown): Abi['error_types'] {
  return entries(value, 'abi.error_types', errorType);
}

function errorType(value: unknown, where: string): AbiErrorType {
  const found = record(value, where);
  switch (found.error_kind) {
    case 'string':
      return { error_kind: 'string', string: string(found.string, `${where}.string`) };
    case 'fmtstring': {
      const types = items(found.item_types, `${where}.item_types`, (v, at) => abiType(v, at));
      return { error_kind: 'fmtstring', length: amount(found.length, `${where}.length`), item_types: types };
    }
    case 'custom':
      return { error_kind: 'custom', ...abiType(value, where) };
    default:
      throw wrong(`${where}.error_kind`, 'is string, fmtstring or custom', found.error_kind);
  }
}

function witnessRange(value: unknown, where: string): AbiWitnessRange {
  const { start, end } = record(value, where);
  return { start: amount(start, `${where}.start`), end: amount(end, `${where}.end`) };
}

function visibility(value: unknown, where: string): AbiVisibility {
  if (!VISIBILITIES.includes(value))
    throw wrong(`${where}.visibility`, 'is public, private or databus', value);
  return value as AbiVisibility; // just checked
}

function sign(value: unknown, where: string): 'signed' | 'unsigned' {
  if (value !== 'signed' && value !== 'unsigned')
    throw wrong(`${where}.sign`, 'is signed or unsigned', value);
  return value;
}

function width(value: unknown, where: string): number {
  const bits = amount(value, where);
  if (bits < 1 || bits > MAX_INTEGER_WIDTH)
    throw wrong(where, `is a width up to ${MAX_INTEGER_WIDTH}`, value);
  return bits;
}

function amount(value: unknown, where: string): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 0 || value >= 2 ** 32) {
    throw wrong(where, 'is a whole number below 2^32', value);
  }
  return value;
}

function string(value: unknown, where: string): string {
  if (typeof value !== 'string') throw wrong(where, 'is a text', value);
  return value;
}

function record(value: unknown, where: string): { readonly [key: string]: unknown } {
  if (!isRecord(value)) throw wrong(where, 'is an object', value);
  return value;
}

function items<T>(value: unknown, where: string, parse: (item: unknown, where: string) => T): T[] {
  if (!Array.isArray(value)) throw wrong(where, 'is a list', value);
  return value.map((item, i) => parse(item, `${where}[${i}]`));
}

function entries<T>(
  value: unknown,
  where: string,
  parse: (item: unknown, where: string) => T,
): Record<string, T> {
  const pairs = Object.entries(record(value, where)).map(([key, item]) => [
    key,
    parse(item, `${where}.${key}`),
  ]);
  return Object.fromEntries(pairs);
}

/** The error of a part of the artifact that is missing or of the wrong type. */
export function wrong(where: string, rule: string, value: unknown): BionoirError {
  const found = describe(value);
  return new BionoirError(
    'MALFORMED_ARTIFACT',
    `The artifact's '${where}' ${rule}; here it is ${found}. Give the JSON file that nargo or noir_wasm wrote.`,
    { details: { where, value }, location: where },
  );
}

function describe(value: unknown): string {
  const MAX_QUOTE = 40;
  if (value === undefined) return 'missing';
  if (Array.isArray(value)) return 'a list';
  return isRecord(value) ? 'an object' : String(JSON.stringify(value) ?? typeof value).slice(0, MAX_QUOTE);
}
