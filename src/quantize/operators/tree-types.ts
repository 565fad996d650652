/** Decision trees over integers. */

/** What is asked of one feature: x[feature] <= thresholds[i] for all i, which rise. */
export interface QuantQuestions {
  readonly feature: number;
  readonly thresholds: readonly bigint[];
  /** Bounds of the feature: low <= x <= high is what the circuit knows, or proves. */
  readonly low: bigint;
  readonly high: bigint;
  /**
   * 'each': one comparison a threshold, with -2^bits <= threshold - x < 2^bits. 'bucket': one bucket between neighbouring
   * thresholds is shown to hold x, and no bucket has more than 2^bits numbers.
   */
  readonly method: 'each' | 'bucket';
  readonly bits: number;
}

/** A tree; node 0 is the root, children come after their parent. */
export interface QuantTree {
  /** By node: its question, counted through all features' thresholds; -1 at leaves. */
  readonly questions: readonly number[];
  readonly yes: readonly number[];
  readonly no: readonly number[];
  /** By node, then output; 0 at inner nodes. */
  readonly values: readonly bigint[];
}

/** y = base + the values of the leaf that each tree reaches; a node's answer yes leads to `yes`. */
export interface QuantTreeEnsembleOp {
  readonly kind: 'tree-ensemble';
  readonly outputs: number;
  readonly questions: readonly QuantQuestions[];
  readonly trees: readonly QuantTree[];
  readonly base: readonly bigint[];
}
