/** How a program stops: what failed, at which opcode of which function, called from where. */
import { BionoirError } from '../errors.ts';

/** The opcode of a failure, as debug symbols index it. */
export interface FailurePlace {
  /** ACIR function. */
  readonly functionIndex: number;
  /** "<opcode>" or "<opcode>.<Brillig opcode>", outermost caller first. */
  readonly callStack: readonly string[];
  /** The unconstrained function, where the failure lies in one. */
  readonly brilligFunctionId?: number;
}

/** What a failed assertion carries: the key of `abi.error_types`, and the values of its message. */
export interface FailurePayload {
  readonly selector: bigint;
  readonly values: readonly bigint[];
}

/** The `details` of a BionoirError with code EXECUTION_FAILED that the machine throws. */
export interface FailureDetails {
  readonly reason: string;
  readonly place: FailurePlace;
  readonly payload?: FailurePayload;
}

/** A failure on its way up: callers add themselves to the call stack. */
export class Stopped extends Error {
  /** In Brillig: its instructions, outermost first, until the ACIR opcode is put before each. */
  callStack: string[] = [];
  /** Whether the innermost ACIR opcode is known. */
  isNamed = false;
  /** The innermost ACIR function. */
  functionIndex: number | undefined;
  brilligFunctionId: number | undefined;
  payload: FailurePayload | undefined;
}

/** Makes a failure; the place is filled in on the way up. */
export function stopped(reason: string, payload?: FailurePayload): Stopped {
  const failure = new Stopped(reason);
  failure.payload = payload;
  return failure;
}

/** Turns a failure that has reached the top into the error that callers see. */
export function toError(failure: Stopped): BionoirError {
  const { message: reason, functionIndex = 0, callStack, brilligFunctionId, payload } = failure;
  const place: FailurePlace = {
    functionIndex,
    callStack,
    ...(brilligFunctionId === undefined ? {} : { brilligFunctionId }),
  };
  const details: FailureDetails = { reason, place, ...(payload === undefined ? {} : { payload }) };
  const where = `opcode ${callStack.join(' > ')} of function ${functionIndex}`;
  return new BionoirError(
    'EXECUTION_FAILED',
    `The program stopped: ${reason}, at ${where}. Check the inputs against what the program asserts there.`,
    { details: { ...details }, location: where },
  );
}
