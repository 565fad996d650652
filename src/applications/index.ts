/** The face of applications: what a proof states, its claims, commitments and public numbers. */
export { formatAddress, parseAddress, parseFieldNumber } from './account.ts';
export {
  assertTrueClaim,
  claimInputs,
  comparedValue,
  enrolOutput,
  type ResolvedClaim,
  resolveClaim,
  squaredDistance,
} from './claim.ts';
export { commitValues, randomSalt } from './commitments.ts';
export { commitmentRows, distanceBits, type StatementCost, statementCosts } from './costs.ts';
export { parseEnrolment, printEnrolment } from './enrolment-file.ts';
export { planApplication } from './plan.ts';
export { readStatement, type Statement, signalNames, signalSpans } from './signals.ts';
export type * from './types.ts';
export { thresholdInteger, thresholdReal, thresholdScaleBits } from './units.ts';
