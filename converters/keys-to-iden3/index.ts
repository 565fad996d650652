export {
  type Contribution,
  type Contributions,
  parseContributions,
  printContributions,
} from './contributions.ts';
export {
  equalG2,
  G1_GENERATOR,
  G2_GENERATOR,
  isCanonicalPoint,
  isInfinityG1,
  isInfinityG2,
  isValidG1,
  isValidG2,
} from './curve.ts';
export {
  parseProof,
  parsePublicSignals,
  parseVerificationKey,
  printProof,
  printPublicSignals,
  printVerificationKey,
} from './json.ts';
export {
  decodeG1,
  decodeG2,
  encodeG1,
  encodeG2,
  G1_BYTES,
  G2_BYTES,
  printForHash,
} from './points.ts';
export { openPreparedPtau, openPtau, PTAU_SECTION, type Ptau } from './ptau.ts';
export {
  type PtauContribution,
  type PtauSecretProof,
  parsePtauContributions,
} from './ptau-contributions.ts';
export {
  parseUltraGrothContributions,
  printUltraGrothContributions,
  type UltraGrothContribution,
  type UltraGrothContributions,
} from './ultra-contributions.ts';
export {
  isUltraGrothJson,
  parseUltraGrothKey,
  parseUltraGrothProof,
  printUltraGrothKey,
  printUltraGrothProof,
  ULTRAGROTH_JSON_PROTOCOL,
} from './ultra-json.ts';
export {
  type LegacyUltraGrothZkey,
  legacyUltraGrothVerificationKey,
  parseLegacyUltraGrothKey,
  parseLegacyUltraGrothProof,
  printLegacyUltraGrothKey,
  printLegacyUltraGrothProof,
  readLegacyUltraGrothZkey,
  writeLegacyUltraGrothZkey,
} from './ultra-legacy.ts';
export {
  checkUltraGrothKey,
  checkUltraGrothKeyShape,
  legacyUltraGrothChallenge,
  outsideOfUltraGroups,
  ultraGrothChallenges,
  ultraGrothKeyDigest,
} from './ultra-verification-key.ts';
export {
  isUltraGrothZkey,
  readUltraGrothZkey,
  readUltraGrothZkeyHead,
  ULTRAGROTH_PROTOCOL,
  type UltraGrothZkey,
  ultraGrothVerificationKey,
  ultraGrothVerificationKeyUnchecked,
  writeUltraGrothZkey,
} from './ultra-zkey.ts';
export { checkVerificationKey, checkVerificationKeyShape, outsideOfGroups } from './verification-key.ts';
export {
  COEFFICIENT_BYTES,
  cutZkeyHead,
  readZkey,
  readZkeyHead,
  readZkeyHeader,
  writeZkey,
  type Zkey,
  type ZkeyHeader,
} from './zkey.ts';
