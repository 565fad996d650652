export { BN254_BASE_PRIME, BN254_SCALAR_PRIME, invertOrZero, mod, power, toSigned } from './bn254.ts';
