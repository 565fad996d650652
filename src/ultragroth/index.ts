export {
  applyBeacon,
  contribute,
  readContributions,
  setupFromPtau,
  type UltraGrothBeaconOptions,
  type UltraGrothContributeOptions,
} from './ceremony.ts';
export { exportVerificationKey, loadProvingKey, type UltraGrothProvingKey } from './keys.ts';
export {
  encodeTwoRounds,
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
export { type UltraGrothClaim, verify, verifyBatch, verifyLegacyUltraGroth } from './verify.ts';
export { type VerifyCeremonyOptions, verifyCeremony } from './verify-ceremony.ts';
