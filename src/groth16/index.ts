export {
  applyBeacon,
  type BeaconOptions,
  type ContributeOptions,
  checkKeyMatches,
  contribute,
  readContributions,
  setupFromPtau,
  verifyCeremony,
  verifyFromInitial,
} from './ceremony.ts';
export type { CeremonyOptions } from './ceremony-kernel.ts';
export { exportVerificationKey } from './keys.ts';
export {
  beaconSecret,
  combinePair,
  concatenate,
  drawSecret,
  equalBytes,
  followsKnowledge,
  forget,
  GENERATOR_G1,
  GENERATOR_G2,
  hashOf,
  invertScalar,
  isDividedBy,
  isKnowledgeProven,
  type Knowledge,
  proveKnowledge,
  type Secret,
  sameRatio,
} from './phase2.ts';
export { type ProofResult, prove } from './prove.ts';
export { type PtauReport, verifyPtau } from './ptau.ts';
export { DEVELOPMENT_SETUP_WARNING, drawToxicWaste, setupForDevelopment } from './setup.ts';
export { type BatchResult, type Groth16Claim, verify, verifyBatch } from './verify.ts';
