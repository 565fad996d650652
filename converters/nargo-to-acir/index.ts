export { type ArtifactOptions, type DecodedArtifact, decodeArtifact } from './artifact.ts';
export {
  type BytecodeOptions,
  type DecodedBytecode,
  decodeBytecode,
  type Release,
  type WireFormat,
} from './bytecode.ts';
export { type Artifact, type EncodeOptions, encodeProgram, programToArtifact } from './encode.ts';
export { type LinkableArtifact, type LinkPart, linkArtifacts } from './link.ts';
export type { LinkSource } from './link-symbols.ts';
export type { MsgpackForm } from './msgpack-sink.ts';
export { readWitnessStack, type WitnessStackOptions, writeWitnessStack } from './witness-stack.ts';
