export { BN254_BASE_PRIME, BN254_SCALAR_PRIME, invertOrZero, mod, power, toSigned } from './bn254.ts';
export { POSEIDON2_DIAGONAL, POSEIDON2_ROUND_CONSTANTS } from './poseidon2.generated.ts';
export { POSEIDON2_WIDTH, poseidon2, poseidon2Hash } from './poseidon2.ts';
