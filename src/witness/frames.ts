/**
 * Finds each call instance's frame in a witness stack.
 *
 * Frames stand in completion order, callees before their caller and main last, and a call whose predicate is 0 has
 * none. Walking the call tree backwards from main meets them in reverse order, and the caller's witnesses, which the
 * predicate needs, are known by then.
 */
import type { Expression, WitnessFrame, WitnessStack } from '../acir/types.ts';
import { BionoirError } from '../errors.ts';
import { mod } from '../field/index.ts';
import type { CallInstance } from './types.ts';

/**
 * Returns the frame of every instance that ran, by instance number.
 * @throws BionoirError MALFORMED_WITNESS when the stack does not fit the tree of calls.
 */
export function matchFrames(
  calls: CallInstance,
  stack: WitnessStack,
  prime: bigint,
): ReadonlyMap<number, WitnessFrame> {
  const frames = new Map<number, WitnessFrame>();
  let position = stack.length;
  const pending: CallInstance[] = [calls];
  for (let call = pending.pop(); call !== undefined; call = pending.pop()) {
    const frame = stack[--position];
    if (frame === undefined || frame.functionIndex !== call.functionIndex)
      throw misfit(call, frame, position);
    frames.set(call.instance, frame);
    for (const child of call.children) {
      if (isTaken(child, frame, prime)) pending.push(child);
    }
  }
  if (position !== 0) throw misfit(undefined, stack[0], position);
  return frames;
}

function isTaken(call: CallInstance, caller: WitnessFrame, prime: bigint): boolean {
  return call.predicate === undefined || evaluate(call.predicate, caller, prime) !== 0n;
}

function evaluate(expression: Expression, frame: WitnessFrame, prime: bigint): bigint {
  const value = (witness: number): bigint => frame.witnesses.get(witness) ?? 0n;
  let sum = expression.constant;
  for (const { coefficient, left, right } of expression.mulTerms)
    sum += coefficient * value(left) * value(right);
  expression.linear.witnesses.forEach((witness, index) => {
    sum += (expression.linear.coefficients[index] ?? 0n) * value(witness);
  });
  return mod(sum, prime);
}

function misfit(
  call: CallInstance | undefined,
  frame: WitnessFrame | undefined,
  position: number,
): BionoirError {
  const expected = call === undefined ? 'no further frame' : `a frame of function ${call.functionIndex}`;
  const actual = frame === undefined ? 'none' : `one of function ${frame.functionIndex}`;
  return new BionoirError(
    'MALFORMED_WITNESS',
    `The witness stack does not fit the program: expected ${expected}, found ${actual}, at frame ${Math.max(0, position)}. Solve the witness with the artifact that was lowered.`,
    { location: `frame ${Math.max(0, position)}`, details: { position, expected: call?.functionIndex } },
  );
}
