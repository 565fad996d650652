export { checkVerificationKey, exportVerificationKey } from './keys.ts';
export { type ProofResult, prove } from './prove.ts';
export { DEVELOPMENT_SETUP_WARNING, drawToxicWaste, setupForDevelopment } from './setup.ts';
export { verify } from './verify.ts';
