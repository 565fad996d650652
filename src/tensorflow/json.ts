/**
 * Typed reading of the JSON inside model.json. Keras writes snake_case keys, TensorFlow.js's own objects have camelCase
 * ones; both are found under their snake_case name.
 */
import { BionoirError } from '../errors.ts';

/** A parsed JSON object of unknown content. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Tells whether a parsed value is an object (not an array, not null). */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Looks a field up by its snake_case name, or the camelCase form of it. */
export function readField(object: JsonObject, key: string): unknown {
  const value = object[key];
  if (value !== undefined) return value;
  return object[key.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())];
}

/** The error of a model file that does not follow the format. */
export function malformedModel(message: string, details: JsonObject = {}, cause?: unknown): BionoirError {
  return new BionoirError('MALFORMED_MODEL', message, { details, cause });
}

/**
 * Asserts that a value is an object.
 *
 * @throws MALFORMED_MODEL otherwise.
 */
export function expectObject(value: unknown, what: string): JsonObject {
  if (isJsonObject(value)) return value;
  throw wrongKind(value, what, 'an object');
}

/**
 * Asserts that a value is an array.
 *
 * @throws MALFORMED_MODEL otherwise.
 */
export function expectArray(value: unknown, what: string): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw wrongKind(value, what, 'an array');
}

/**
 * Asserts that a value is a string.
 *
 * @throws MALFORMED_MODEL otherwise.
 */
export function expectString(value: unknown, what: string): string {
  if (typeof value === 'string') return value;
  throw wrongKind(value, what, 'a string');
}

function wrongKind(value: unknown, what: string, expected: string): BionoirError {
  return malformedModel(
    `The model file has ${describe(value)} where ${what} should be ${expected}. Is it the model.json of a TensorFlow.js model?`,
  );
}

/** Describes a JSON value in a few words, for messages. */
export function describe(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = JSON.stringify(value) ?? String(value);
  return text.length <= 60 ? text : `${text.slice(0, 57)}...`;
}
