/** JSON inside Keras files. */
import { BionoirError } from '../../src/errors.ts';

/** A JSON object. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** @throws BionoirError MALFORMED_MODEL when the text is no JSON object */
export function parseJson(text: string, what: string): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new BionoirError(
      'MALFORMED_MODEL',
      `The model has ${what} that is not JSON (${reason}). Save it again.`,
      {
        cause,
      },
    );
  }
  if (isObject(value)) return value;
  throw new BionoirError('MALFORMED_MODEL', `The model has ${what} that is no JSON object. Save it again.`);
}

export function isObject(value: unknown): value is JsonObject {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}
