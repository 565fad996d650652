/**
 * The two kinds of failure.
 *
 * - {@link BionoirError}: the caller or the input is at fault. It may be caught; it carries a stable `code`, the
 *   values (`details`), the place (`location`) and the `cause`.
 * - {@link InternalError}: a bug of ours. Never caught on purpose.
 *
 * A message has three beats: what happened; where; what to do next.
 */

/** Every code that a {@link BionoirError} may carry. Codes are stable; wording is not. */
export const ERROR_CODES = [
  // bytes and files
  'TRUNCATED_INPUT',
  'MALFORMED_FILE',
  'FILE_TOO_LARGE',
  'FILE_NOT_FOUND',
  'UNWRITABLE_OUTPUT',
  // models
  'MALFORMED_MODEL',
  'MALFORMED_WEIGHTS',
  'UNSUPPORTED_OP',
  'UNSUPPORTED_OPTION',
  'SHAPE_MISMATCH',
  'MALFORMED_GRAPH',
  // quantisation and inputs
  'INPUT_SHAPE',
  'INPUT_RANGE',
  'BOUND_EXCEEDED',
  'BOUND_TOO_WIDE',
  'CALIBRATION',
  'MALFORMED_INPUT',
  'MALFORMED_IMAGE',
  'FALSE_CLAIM',
  // Noir
  'MISSING_TOOL',
  'COMPILE_FAILED',
  'COMPILER_CRASHED',
  'EXECUTION_FAILED',
  'INVALID_NAME',
  // ACIR
  'MALFORMED_ARTIFACT',
  'UNKNOWN_RELEASE',
  'UNSUPPORTED_OPCODE',
  'MALFORMED_PROGRAM',
  'MALFORMED_WITNESS',
  // constraints
  'MALFORMED_R1CS',
  'UNSATISFIED_CONSTRAINT',
  'UNSATISFIABLE_PROGRAM',
  'UNDER_CONSTRAINED',
  // proving
  'MALFORMED_KEY',
  'KEY_MISMATCH',
  'MALFORMED_PROOF',
  'MALFORMED_PTAU',
  'PTAU_TOO_SMALL',
  'UNSAFE_KEY',
  'MISSING_KERNEL',
  'KERNEL_FAILED',
  'ABORTED',
  // command line and API
  'USAGE',
] as const;

export type ErrorCode = (typeof ERROR_CODES)[number];

export interface BionoirErrorOptions {
  /** The values behind the message, for programs. */
  readonly details?: Readonly<Record<string, unknown>>;
  /** Where: a node, an opcode, a constraint, a Noir line, a file and byte offset. Already a phrase for people. */
  readonly location?: string;
  readonly cause?: unknown;
}

/** The caller or the input is at fault: what happened, where, what to do. */
export class BionoirError extends Error {
  override readonly name = 'BionoirError';
  readonly code: ErrorCode;
  readonly details: Readonly<Record<string, unknown>>;
  readonly location: string | undefined;

  constructor(code: ErrorCode, message: string, options: BionoirErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.details = options.details ?? {};
    this.location = options.location;
  }
}

/** A broken promise inside bionoir: please report it. */
export class InternalError extends Error {
  override readonly name = 'InternalError';
}
