/**
 * Brillig functions from the wire: instructions in the numbering of a dialect to the one form of src/acir/brillig.ts.
 */
import {
  BRILLIG_OPERANDS,
  type BrilligAddress,
  type BrilligArgument,
  type BrilligBlackBoxName,
  type BrilligFunction,
  type BrilligKind,
  type BrilligOpcode,
  type BrilligRegion,
  type BrilligScalar,
  type BrilligType,
  FIELD_OPERATIONS,
  type FieldOperation,
  type HeapType,
  INTEGER_OPERATIONS,
  type IntegerOperation,
} from '../../src/acir/index.ts';
import {
  BRILLIG_BLACK_BOX_WIRE,
  BRILLIG_WIRE,
  FIELD_OPERATION_WIRE,
  INTEGER_OPERATION_WIRE,
  INTEGER_WIDTH_WIRE,
  INTEGER_WIDTHS,
} from './brillig-names.ts';
import type { BrilligDialect } from './dialects.ts';
import {
  boolean,
  choice,
  data,
  field,
  list,
  map,
  type Read,
  recursive,
  size,
  struct,
  text,
  u32,
  unit,
  variants,
} from './source.ts';

/** Bits of a field element: how the oldest releases say 'field'. */
const FIELD_BITS = 254;

/** Reads an unconstrained function with its name ('' in releases that keep names elsewhere). */
export function brilligFunction(dialect: BrilligDialect): Read<BrilligFunction> {
  const bytecode = brilligOpcodes(dialect);
  if (!dialect.functionName) return map(struct({ bytecode }), f => ({ name: '', opcodes: f.bytecode }));
  return map(struct({ function_name: text, bytecode }), f => ({
    name: f.function_name,
    opcodes: f.bytecode,
  }));
}

/** Reads the instructions of an unconstrained function. */
export function brilligOpcodes(dialect: BrilligDialect): Read<readonly BrilligOpcode[]> {
  const kinds = new Map(Object.entries(BRILLIG_WIRE).map(([kind, [name]]) => [name, kind as BrilligKind]));
  const operands = operandReaders(dialect);
  const table = dialect.opcodes.map(name => {
    const kind = kinds.get(name) as BrilligKind; // dialects name only instructions of the table
    return [name, opcode(kind, dialect, operands)] as const;
  });
  return list(variants(Object.fromEntries(table)));
}

type OperandReaders = Readonly<Record<string, Read<unknown>>>;

function opcode(kind: BrilligKind, dialect: BrilligDialect, operands: OperandReaders): Read<BrilligOpcode> {
  if (kind === 'return') return unit({ kind });
  if (kind === 'black-box') return data(blackBox(dialect, operands), call => ({ kind, ...call }));
  if (kind === 'trap' || kind === 'stop') return ending(kind, dialect);
  const shape: Readonly<Record<string, string>> = BRILLIG_OPERANDS[kind];
  const ours = Object.keys(shape);
  const wire = BRILLIG_WIRE[kind][1].split(' ');
  const readers = ours.map((name, i) => [wire[i], operands[shape[name] as string]]);
  const read = struct(Object.fromEntries(readers) as Record<string, Read<unknown>>);
  return data(read, fields => {
    const entries = ours.map((name, i) => [name, fields[wire[i] as string]]);
    // The operands come from BRILLIG_OPERANDS, each from the reader of its kind.
    return { kind, ...Object.fromEntries(entries) } as BrilligOpcode;
  });
}

/** The cells that a function ends with: returned values, or why it reverted. */
function ending(kind: 'trap' | 'stop', dialect: BrilligDialect): Read<BrilligOpcode> {
  const form = dialect[kind];
  if (form === 'none') return unit({ kind, data: { pointer: 0, size: 0 } });
  if (form === 'immediate') {
    return data(struct({ offset: size, size }), f => ({ kind, data: { pointer: f.offset, size: f.size } }));
  }
  const address = addressReader(dialect);
  const cells = region(address, form === 'array' ? size : address);
  const name = BRILLIG_WIRE[kind][1];
  return data(struct({ [name]: cells }), f => ({ kind, data: f[name] as BrilligRegion }));
}

function operandReaders(dialect: BrilligDialect): OperandReaders {
  const address = addressReader(dialect);
  const type = typeReader(dialect);
  const scalar: Read<BrilligScalar> = dialect.calldataCopy === 'immediate' ? size : address;
  return {
    address,
    scalar,
    type,
    bits: bitsReader(dialect),
    target: size,
    value: field,
    name: text,
    region: region(address, address),
    'field-operation': operations(dialect.fieldOperations, FIELD_OPERATION_WIRE, FIELD_OPERATIONS),
    'integer-operation': operations(dialect.integerOperations, INTEGER_OPERATION_WIRE, INTEGER_OPERATIONS),
    values: list(valueReader(address)),
    types: list(heapTypeReader(dialect, type)),
  };
}

function operations(
  wire: readonly string[],
  known: readonly string[],
  ours: readonly (FieldOperation | IntegerOperation)[],
) {
  const values = wire.map(name => ours[known.indexOf(name === 'UnsignedDiv' ? 'Div' : name)]);
  return choice(wire, values);
}

function addressReader(dialect: BrilligDialect): Read<BrilligAddress> {
  const at = (base: BrilligAddress['base']) => (index: number) => ({ base, index });
  if (dialect.addresses === 'plain') return map(size, at('memory'));
  return variants<BrilligAddress>({
    Direct: data(size, at('memory')),
    Relative: data(size, at('stack')),
  });
}

function bitsReader(dialect: BrilligDialect): Read<number> {
  if (dialect.types === 'bits') return u32;
  return dialect.types === 'enum'
    ? choice(INTEGER_WIDTH_WIRE, INTEGER_WIDTHS)
    : choice(['U0', ...INTEGER_WIDTH_WIRE], [0, ...INTEGER_WIDTHS]);
}

function typeReader(dialect: BrilligDialect): Read<BrilligType> {
  if (dialect.types === 'bits') return map(u32, bits => (bits === FIELD_BITS ? 'field' : bits));
  return variants<BrilligType>({ Field: unit('field'), Integer: data(bitsReader(dialect), bits => bits) });
}

function region(pointer: Read<BrilligAddress>, amount: Read<BrilligScalar>): Read<BrilligRegion> {
  return struct({ pointer, size: amount });
}

function valueReader(address: Read<BrilligAddress>): Read<BrilligAddress | BrilligRegion> {
  return variants<BrilligAddress | BrilligRegion>({
    MemoryAddress: data(address, value => value),
    HeapArray: data(region(address, size), value => value),
    HeapVector: data(region(address, address), value => value),
  });
}

function heapTypeReader(dialect: BrilligDialect, type: Read<BrilligType>): Read<HeapType> {
  const simple: Read<HeapType> =
    dialect.simpleHeapType === 'untyped'
      ? unit({ kind: 'simple', type: 'field' })
      : data(type, found => ({ kind: 'simple', type: found }));
  return recursive<HeapType>(self =>
    variants<HeapType>({
      Simple: simple,
      Array: data(struct({ value_types: list(self), size }), f => ({
        kind: 'array',
        items: f.value_types,
        size: f.size,
      })),
      Vector: data(struct({ value_types: list(self) }), f => ({ kind: 'vector', items: f.value_types })),
    }),
  );
}

interface BlackBoxCall {
  readonly operation: BrilligBlackBoxName;
  readonly arguments: readonly BrilligArgument[];
}

function blackBox(dialect: BrilligDialect, operands: OperandReaders): Read<BlackBoxCall> {
  const address = operands.address as Read<BrilligAddress>;
  const kinds: Readonly<Record<string, Read<BrilligArgument>>> = {
    A: address,
    H: region(address, size),
    V: region(address, address),
    R: region(address, source => (source.peekInteger() ? source.size() : address(source))),
    N: u32,
    B: boolean,
  };
  const table = dialect.blackBoxes.map(name => {
    const forms = (dialect.blackBoxShapes[name] as string)
      .split(' / ')
      .map(form => argumentsReader(form, kinds));
    const operation = BRILLIG_BLACK_BOX_WIRE[name] as BrilligBlackBoxName;
    return [name, data(byCount(forms), args => ({ operation, arguments: args }))] as const;
  });
  return variants(Object.fromEntries(table));
}

interface Form<T> {
  readonly count: number;
  readonly read: Read<T>;
}

function argumentsReader(form: string, kinds: Readonly<Record<string, Read<BrilligArgument>>>) {
  const fields = form.split(' ').map(operand => {
    const [name, kind] = operand.split(':') as [string, string];
    return [name, kinds[kind] as Read<BrilligArgument>] as const;
  });
  return { count: fields.length, read: map(struct(Object.fromEntries(fields)), f => Object.values(f)) };
}

/** Picks the form with as many fields as come next; a single form needs no look. */
export function byCount<T>(forms: readonly Form<T>[]): Read<T> {
  const [first, ...others] = forms as [Form<T>, ...Form<T>[]];
  if (others.length === 0) return first.read;
  return source => {
    const count = source.peekCount();
    return (forms.find(form => form.count === count) ?? first).read(source);
  };
}
