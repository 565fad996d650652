/** Runs single unconstrained functions of a program, for those who want to know what they do. */
import type { Program } from '../acir/types.ts';
import { BN254_SCALAR_PRIME } from '../field/index.ts';
import { createMachine, runBrillig } from './brillig/index.ts';
import { Stopped } from './failure.ts';

/** Instructions that one run may take. */
const STEP_LIMIT = 20_000;

/** Gives what unconstrained function `id` returns for flat arguments; undefined where it stops, or asks an oracle. */
export function probeFunctions(
  program: Program,
): (id: number, ...inputs: readonly bigint[]) => readonly bigint[] | undefined {
  return (id, ...inputs) => {
    const machine = createMachine(program.unconstrained, {
      prime: BN254_SCALAR_PRIME,
      stepLimit: STEP_LIMIT,
    });
    try {
      const results = runBrillig(machine, id, inputs);
      return results instanceof Promise ? undefined : results;
    } catch (error) {
      if (error instanceof Stopped) return undefined;
      throw error;
    }
  };
}
