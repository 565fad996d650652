export { type ArtifactOptions, type DecodedArtifact, decodeArtifact } from './artifact.ts';
export { type BytecodeOptions, type DecodedBytecode, decodeBytecode, type Release } from './bytecode.ts';
