/**
 * Artifact: the JSON file that nargo and noir_wasm write for a binary package (`target/<name>.json`).
 *
 * Contract artifacts hold several functions, each with `abi` and `bytecode`: hand one of them over.
 */
import type { Abi } from '../../src/acir/index.ts';
import type { Program, SourceLocation } from '../../src/acir/types.ts';
import { decodeBytecode, type Release } from './bytecode.ts';

export interface ArtifactOptions {
  /** Most bytes that the bytecode may unpack to; 2^29 when absent. */
  readonly maxBytes?: number;
}

export interface DecodedArtifact {
  readonly program: Program;
  readonly abi: Abi;
  readonly release: Release;
  /** Names of the circuits, index-aligned with program.functions. */
  readonly names: readonly string[];
  /** Where an opcode comes from, outermost call first; empty where the artifact does not tell. */
  locate(functionIndex: number, opcodeIndex: number): readonly SourceLocation[];
}

/**
 * Decodes an artifact of any release, given as the JSON text or as the parsed value.
 * @throws MALFORMED_ARTIFACT, UNKNOWN_RELEASE, FILE_TOO_LARGE, MALFORMED_PROGRAM
 */
export function decodeArtifact(artifact: unknown, options: ArtifactOptions = {}): DecodedArtifact {
  const json = (typeof artifact === 'string' ? JSON.parse(artifact) : artifact) as {
    noir_version: string;
    abi: Abi;
    bytecode: string;
    names?: string[];
  };
  const { program, release } = decodeBytecode(json.bytecode, { noirVersion: json.noir_version, ...options });
  const names = program.functions.map((f, i) => f.name || json.names?.[i] || (i === 0 ? 'main' : `f${i}`));
  return { program, abi: json.abi, release, names, locate: () => [] };
}
