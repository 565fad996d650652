/**
 * What a simplification is worth: the currency in which passes trade constraints for coefficients.
 *
 * Groth16 pays for a *constraint* with one point of the H query and its share of six transforms; for a *wire* with up to
 * four points (A, B in both groups, C); for a coefficient in *A or B* with one multiplication and 44 bytes of the proving
 * key; and for a coefficient in *C* with nothing at proving time: C w is the product of A w and B w. Measured, a
 * constraint weighs about 160 coefficients of A and B in time on WASM, 60 on native code, 2 in key size; we take 100. One
 * coefficient of C costs the set-up and the checker a multiply-add each; 8192 of them weigh a constraint: enough to keep
 * a bottleneck of 16 wires between layers of 1000, and to substitute everything smaller.
 *
 * Range rows are counted rather than weighed: that a range of n bits takes n constraints is a promise (and what Circom's
 * Num2Bits takes), so the row w = sum 2^i b_i is spent on a bit even when that is wide.
 */
export interface CostModel {
  /** A constraint that stands alone. */
  readonly constraint: number;
  /** A wire whose values fill the field. One of n bits costs as much in proportion, but not less than `bitWire`. */
  readonly wire: number;
  readonly bitWire: number;
  /** A non-zero coefficient in A or B, and one in C. */
  readonly abTerm: number;
  readonly cTerm: number;
  /** A coefficient in A or B where a range row, or the last packed row, is at stake. */
  readonly countedAbTerm: number;
}

/** The prices of Groth16. */
export const GROTH16_COSTS: CostModel = {
  constraint: 100,
  wire: 40,
  bitWire: 4,
  abTerm: 1,
  cTerm: 100 / 8192,
  countedAbTerm: 0.2,
};
