export { Groth16Backend, type Groth16BackendOptions, type ProofData } from './groth16-backend.ts';
export { decodeProof, encodeProof, PROOF_BYTES } from './proof-bytes.ts';
