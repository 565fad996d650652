/** What of this folder needs no Node: proving and verifying, without ceremonies. */
export { exportVerificationKey, loadProvingKey, type UltraGrothProvingKey } from './keys.ts';
export { prove, type UltraGrothProofResult } from './prove.ts';
export { verify } from './verify.ts';
