/** Assertions on thrown {@link BionoirError}s: code and whole text. */
import assert from 'node:assert/strict';
import { BionoirError, type ErrorCode } from '../../src/errors.ts';

/** Asserts that `action` throws a BionoirError with this code and exactly this text (or a text matching a pattern). */
export function assertThrowsCode(
  action: () => unknown,
  code: ErrorCode,
  message?: string | RegExp,
): BionoirError {
  let thrown: unknown;
  try {
    action();
  } catch (error) {
    thrown = error;
  }
  return checkError(thrown, code, message);
}

/** As {@link assertThrowsCode} for a promise. */
export async function assertRejectsCode(
  action: () => Promise<unknown>,
  code: ErrorCode,
  message?: string | RegExp,
): Promise<BionoirError> {
  let thrown: unknown;
  try {
    await action();
  } catch (error) {
    thrown = error;
  }
  return checkError(thrown, code, message);
}

function checkError(thrown: unknown, code: ErrorCode, message: string | RegExp | undefined): BionoirError {
  assert.ok(thrown instanceof BionoirError, `expected a BionoirError ${code}, got ${String(thrown)}`);
  assert.equal(thrown.code, code, thrown.message);
  if (typeof message === 'string') assert.equal(thrown.message, message);
  if (message instanceof RegExp) assert.match(thrown.message, message);
  return thrown;
}
