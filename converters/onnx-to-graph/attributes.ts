/** Typed reading of a node's attributes. */
import { type Call, malformedNode } from './context.ts';
import type { AttributeProto, TensorProto } from './proto.ts';

/** Numbers of AttributeProto.AttributeType. */
const TYPES = { float: 1, int: 2, string: 3, tensor: 4, graph: 5, floats: 6, ints: 7, strings: 8 } as const;

function find(call: Call, name: string, type: keyof typeof TYPES): AttributeProto | undefined {
  const attribute = call.attributes.get(name);
  // Files of IR version 1 have no type; there the value's own field tells.
  if (attribute === undefined || attribute.type === undefined || attribute.type === TYPES[type])
    return attribute;
  throw malformedNode(call, `has the attribute '${name}' of type ${attribute.type}; it must be ${type}`);
}

/** Whole number, or the default. */
export function intAttribute(call: Call, name: string, fallback: number): number {
  const attribute = find(call, name, 'int');
  return attribute === undefined ? fallback : (attribute.int ?? 0);
}

/** Number, or the default. */
export function floatAttribute(call: Call, name: string, fallback: number): number {
  const attribute = find(call, name, 'float');
  return attribute === undefined ? fallback : (attribute.float ?? 0);
}

/** Whole numbers, or undefined when the node has no such attribute. */
export function intsAttribute(call: Call, name: string): readonly number[] | undefined {
  return find(call, name, 'ints')?.ints;
}

/** Numbers, or undefined when the node has no such attribute. */
export function floatsAttribute(call: Call, name: string): readonly number[] | undefined {
  return find(call, name, 'floats')?.floats;
}

/** Text, or the default. */
export function stringAttribute(call: Call, name: string, fallback: string): string {
  const attribute = find(call, name, 'string');
  return attribute === undefined ? fallback : decodeText(attribute.string);
}

/** Texts, or undefined when the node has no such attribute. */
export function stringsAttribute(call: Call, name: string): readonly string[] | undefined {
  return find(call, name, 'strings')?.strings.map(decodeText);
}

/** Tensor, or undefined when the node has no such attribute. */
export function tensorAttribute(call: Call, name: string): TensorProto | undefined {
  return find(call, name, 'tensor')?.tensor;
}

function decodeText(bytes: Uint8Array | undefined): string {
  return new TextDecoder().decode(bytes ?? new Uint8Array());
}

/**
 * Brings an axis into 0..rank-1; negative ones count from the end.
 *
 * @throws MALFORMED_MODEL when there is no such axis.
 */
export function toAxis(call: Call, axis: number, rank: number): number {
  const positive = axis < 0 ? axis + rank : axis;
  if (Number.isInteger(positive) && positive >= 0 && positive < rank) return positive;
  throw malformedNode(call, `names axis ${axis} of a tensor with ${rank} axes`, { axis, rank });
}
