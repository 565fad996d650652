export { exportVerificationKey, loadProvingKey, type UltraGrothProvingKey } from './keys.ts';
export {
  prove,
  type TwoRoundWitness,
  type UltraGrothProofResult,
  type UltraGrothProveOptions,
} from './prove.ts';
export { assertRoundsSound, type CheckedArgument, type RoundsReport } from './rounds.ts';
export {
  checkR1csRounds,
  drawUltraGrothToxicWaste,
  requireUltraGroth,
  setupForDevelopment,
} from './setup.ts';
export { type UltraGrothClaim, verify, verifyBatch } from './verify.ts';
