/** Brillig functions to the wire of the newest release, by the tables of read-brillig.ts. */
import {
  BRILLIG_OPERANDS,
  type BrilligAddress,
  type BrilligArgument,
  type BrilligOpcode,
  type BrilligOperandTypes,
  type BrilligRegion,
  type BrilligScalar,
  type BrilligType,
  FIELD_OPERATIONS,
  type HeapType,
  INTEGER_OPERATIONS,
} from '../../src/acir/index.ts';
import type { BrilligFunction } from '../../src/acir/types.ts';
import {
  BRILLIG_BLACK_BOX_WIRE,
  BRILLIG_WIRE,
  FIELD_OPERATION_WIRE,
  INTEGER_OPERATION_WIRE,
  INTEGER_WIDTH_WIRE,
  INTEGER_WIDTHS,
} from './brillig-names.ts';
import { NEWEST_DIALECT } from './dialects.ts';
import { boolean, container, type Emit, field, integer, list, struct, text, variant } from './sink.ts';
import { unwritable } from './write-black-box.ts';

const { brillig: DIALECT } = NEWEST_DIALECT;

/** Writes an unconstrained function. */
export function brilligFunction({ name, opcodes }: BrilligFunction): Emit {
  return container({ function_name: text(name), bytecode: list(opcodes, opcode) });
}

function opcode(value: BrilligOpcode): Emit {
  const [name, operands] = BRILLIG_WIRE[value.kind];
  if (!DIALECT.opcodes.includes(name)) throw unwritable(`the Brillig instruction '${value.kind}'`);
  if (value.kind === 'return') return variant(DIALECT.opcodes, name);
  if (value.kind === 'black-box')
    return variant(DIALECT.opcodes, name, blackBox(value.operation, value.arguments));
  const shape: Readonly<Record<string, Plain>> = BRILLIG_OPERANDS[value.kind];
  const wire = operands.split(' ');
  const fields = Object.keys(shape).map((operand, i) => {
    const kind = shape[operand] as Plain;
    // BRILLIG_OPERANDS gives each operand the type that the emitter of its kind takes.
    return [
      wire[i],
      (EMITTERS[kind] as (value: unknown) => Emit)((value as unknown as Record<string, unknown>)[operand]),
    ];
  });
  return variant(DIALECT.opcodes, name, struct(Object.fromEntries(fields)));
}

/** Operand kinds of all instructions but black boxes, which have operands of their own. */
type Plain = Exclude<keyof BrilligOperandTypes, 'black-box' | 'arguments'>;

const EMITTERS: { readonly [K in Plain]: (value: BrilligOperandTypes[K]) => Emit } = {
  address,
  scalar,
  region: heapVector,
  type,
  bits,
  target: integer,
  value: field,
  name: text,
  'field-operation': value =>
    variant(FIELD_OPERATION_WIRE, FIELD_OPERATION_WIRE[FIELD_OPERATIONS.indexOf(value)] as string),
  'integer-operation': value => {
    const name = INTEGER_OPERATION_WIRE[INTEGER_OPERATIONS.indexOf(value)] as string;
    if (!DIALECT.integerOperations.includes(name)) throw unwritable(`the Brillig operation '${value}'`);
    return variant(DIALECT.integerOperations, name);
  },
  values: values => list(values, value),
  types: values => list(values, heapType),
};

function address({ base, index }: BrilligAddress): Emit {
  return variant(['Direct', 'Relative'], base === 'memory' ? 'Direct' : 'Relative', integer(index));
}

function scalar(value: BrilligScalar): Emit {
  if (typeof value === 'number') throw unwritable('a Brillig operand that is not in a cell');
  return address(value);
}

function heapVector({ pointer, size }: BrilligRegion): Emit {
  return struct({ pointer: scalar(pointer), size: scalar(size) });
}

function region({ pointer, size }: BrilligRegion): Emit {
  return struct({ pointer: scalar(pointer), size: typeof size === 'number' ? integer(size) : address(size) });
}

function bits(width: number): Emit {
  const name = INTEGER_WIDTH_WIRE[(INTEGER_WIDTHS as readonly number[]).indexOf(width)];
  if (name === undefined) throw unwritable(`a Brillig integer of ${width} bits`);
  return variant(INTEGER_WIDTH_WIRE, name);
}

function type(value: BrilligType): Emit {
  const kinds = ['Field', 'Integer'];
  return value === 'field' ? variant(kinds, 'Field') : variant(kinds, 'Integer', bits(value));
}

function value(operand: BrilligAddress | BrilligRegion): Emit {
  const kinds = ['MemoryAddress', 'HeapArray', 'HeapVector'];
  if ('base' in operand) return variant(kinds, 'MemoryAddress', address(operand));
  return variant(kinds, typeof operand.size === 'number' ? 'HeapArray' : 'HeapVector', region(operand));
}

function heapType(found: HeapType): Emit {
  const kinds = ['Simple', 'Array', 'Vector'];
  switch (found.kind) {
    case 'simple':
      return variant(kinds, 'Simple', type(found.type));
    case 'array': {
      const fields = { value_types: list(found.items, heapType), size: integer(found.size) };
      return variant(kinds, 'Array', struct(fields));
    }
    case 'vector':
      return variant(kinds, 'Vector', struct({ value_types: list(found.items, heapType) }));
    default:
      return found satisfies never;
  }
}

function blackBox(operation: string, values: readonly BrilligArgument[]): Emit {
  const name = Object.keys(BRILLIG_BLACK_BOX_WIRE).find(wire => BRILLIG_BLACK_BOX_WIRE[wire] === operation);
  const forms = name === undefined ? undefined : DIALECT.blackBoxShapes[name]?.split(' / ');
  const form = forms?.find(candidate => candidate.split(' ').length === values.length);
  if (name === undefined || form === undefined)
    throw unwritable(`the Brillig black box '${operation}' as called here`);
  const fields = form
    .split(' ')
    .map((operand, i) => [operand.split(':')[0], argument(values[i] as BrilligArgument)]);
  return variant(DIALECT.blackBoxes, name, struct(Object.fromEntries(fields)));
}

function argument(found: BrilligArgument): Emit {
  if (typeof found === 'boolean') return boolean(found);
  if (typeof found === 'number') return integer(found);
  return 'base' in found ? address(found) : region(found);
}
