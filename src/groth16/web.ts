/** What of this folder needs no Node: proving and verifying, without ceremonies. */
export { exportVerificationKey } from './keys.ts';
export { type ProofResult, prove } from './prove.ts';
export { verify } from './verify.ts';
