export {
  applyBeacon,
  type BeaconOptions,
  type ContributeOptions,
  checkKeyMatches,
  contribute,
  readContributions,
  setupFromPtau,
  verifyCeremony,
} from './ceremony.ts';
export { exportVerificationKey } from './keys.ts';
export { type ProofResult, prove } from './prove.ts';
export { DEVELOPMENT_SETUP_WARNING, drawToxicWaste, setupForDevelopment } from './setup.ts';
export { verify } from './verify.ts';
