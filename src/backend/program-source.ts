/** What a backend is constructed from: an artifact, or its bytecode alone, as noir_js' other backends take it. */
import type { NoirArtifact } from '../toolchain/index.ts';

/**
 * An artifact of any supported release, or the text in its `bytecode`. With the bytecode alone the release is found by
 * trying, and errors name opcodes instead of Noir lines.
 */
export type ProgramSource = NoirArtifact | string;

/** Makes an artifact of a bytecode that comes alone. */
export function artifactOf(source: ProgramSource): NoirArtifact {
  if (typeof source !== 'string') return source;
  const artifact: Omit<NoirArtifact, 'noir_version'> = {
    abi: { parameters: [], return_type: null, error_types: {} },
    bytecode: source,
    debug_symbols: '',
    file_map: {},
  };
  return artifact as NoirArtifact; // the decoder tells a missing version from a wrong one
}
