export { Groth16Backend, type Groth16BackendOptions, type ProofData } from './groth16-backend.ts';
export type { ProgramSource } from './program-source.ts';
export {
  decodeProof,
  decodeUltraGrothProof,
  encodeProof,
  encodeUltraGrothProof,
  PROOF_BYTES,
  ULTRAGROTH_PROOF_BYTES,
} from './proof-bytes.ts';
export { UltraGrothBackend, type UltraGrothBackendOptions } from './ultragroth-backend.ts';
