export {
  chooseProofSystem,
  PROOF_SYSTEMS,
  type PredictedCost,
  type ProofSystem,
  type ProofSystemChoice,
} from './choose-proof-system.ts';
export type { LookupOptions } from './lookups/argument.ts';
export { planRanges, type RangePlan } from './lookups/range-plan.ts';
export { type LookupReport, type LoweredProgram, type LowerOptions, lowerProgram } from './lower-program.ts';
export { type OpcodeCost, opcodeCosts, printOpcodeCosts } from './opcode-costs.ts';
export { type DescribeStack, type Locate, type Place, placeOfStack } from './origin.ts';
export {
  assertConstrained,
  type ConstrainedOptions,
  type FreeValue,
  type Unconstrained,
} from './under-constrained.ts';
