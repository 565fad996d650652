/**
 * Chooses between Groth16 and UltraGroth by what a program is predicted to cost under either.
 *
 * What a prover does grows with the *domain*, the least power of two above constraints and public signals: transforms,
 * and nearly all of the proving key. So UltraGroth is worth its price, which is one more point in the proof, one more
 * pairing and one multiplication for the verifier, and keys that fewer tools read, where lookups at least halve the domain
 * of a program that takes longer than a moment. The prediction counts rows before simplification, linear ones left out (they
 * mostly vanish), so it is within some percent of the truth and takes a fraction of lowering's time.
 */
import type { Program } from '../../src/acir/types.ts';
import { isLookupRow } from '../../src/r1cs/index.ts';
import type { ConstraintSystem } from '../../src/r1cs/types.ts';
import { lowerToRows, reportOf } from './lower-program.ts';

/** The proof systems that a program can be lowered for. */
export const PROOF_SYSTEMS = ['groth16', 'ultragroth'] as const;
export type ProofSystem = (typeof PROOF_SYSTEMS)[number];

/** What one proof system is predicted to cost. */
export interface PredictedCost {
  readonly constraintCount: number;
  /** The least power of two above constraints and public signals. */
  readonly domainSize: number;
}

/** A choice, and why. */
export interface ProofSystemChoice {
  readonly system: ProofSystem;
  /** One sentence for people. */
  readonly reason: string;
  readonly predicted: Readonly<Record<ProofSystem, PredictedCost>>;
}

/** Up to this domain a proof takes about a tenth of a second; a shorter proof counts for more. */
const SMALL_DOMAIN = 2 ** 11;

/**
 * Predicts both costs and chooses the proof system.
 * @throws BionoirError as lowerProgram: UNSUPPORTED_OPCODE, UNSATISFIABLE_PROGRAM, MALFORMED_PROGRAM
 */
export function chooseProofSystem(program: Program): ProofSystemChoice {
  const plain = lowerToRows(program, {});
  const looked = lowerToRows(program, { lookups: {} });
  const tableRows = looked.argument === undefined ? 0 : reportOf(looked.argument).tableRowCount;
  const predicted = {
    groth16: predict(plain.rows, 0),
    ultragroth: predict(looked.rows, tableRows),
  };
  return { ...judge(predicted), predicted };
}

function predict(rows: ConstraintSystem, tableRowCount: number): PredictedCost {
  let constraintCount = tableRowCount;
  for (let row = 0; row < rows.constraintCount; row++) if (!isLinear(rows, row)) constraintCount++;
  return { constraintCount, domainSize: 2 ** Math.ceil(Math.log2(constraintCount + rows.publicCount + 1)) };
}

function isLinear(rows: ConstraintSystem, row: number): boolean {
  return rows.a.rowStarts[row] === rows.a.rowStarts[row + 1] && !isLookupRow(rows, row);
}

function judge(
  predicted: Readonly<Record<ProofSystem, PredictedCost>>,
): Pick<ProofSystemChoice, 'system' | 'reason'> {
  const { groth16, ultragroth } = predicted;
  const counts = `about ${groth16.constraintCount} constraints with bits, ${ultragroth.constraintCount} with lookups`;
  if (groth16.domainSize <= SMALL_DOMAIN)
    return { system: 'groth16', reason: `${counts}: small enough for the shorter proof of Groth16.` };
  if (ultragroth.domainSize < groth16.domainSize) {
    const factor = groth16.domainSize / ultragroth.domainSize;
    return { system: 'ultragroth', reason: `${counts}: transforms and keys shrink ${factor} times.` };
  }
  return { system: 'groth16', reason: `${counts}: the domain of ${groth16.domainSize} stays the same.` };
}
