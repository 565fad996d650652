/** What executing a program takes. */

/**
 * Answers an oracle call of an unconstrained function: arguments in, one entry for each result out. A single value is a
 * list of one.
 */
export type ForeignCallHandler = (
  name: string,
  inputs: readonly (readonly bigint[])[],
) => readonly (bigint | readonly bigint[])[] | Promise<readonly (bigint | readonly bigint[])[]>;

/** Options of {@link executeProgram}. */
export interface ExecuteProgramOptions {
  /** The field's order; BN254's scalar field by default. */
  readonly prime?: bigint;
  /** Answers oracles, `print` included; without it an oracle call stops the program. */
  readonly onForeignCall?: ForeignCallHandler;
  /** How many Brillig instructions may run in all, so that an endless loop ends; 2^30 by default. */
  readonly stepLimit?: number;
  readonly signal?: AbortSignal;
}
