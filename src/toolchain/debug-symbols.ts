/**
 * Reads the debug symbols of an artifact far enough to name the source line of an opcode: base64 of raw deflate of
 * { debug_infos: one per ACIR function }, each with a tree of source spans and tables from opcodes to its nodes
 * (layout of 1.0.0-beta.26; other layouts give no location, which is not an error).
 */
import { inflateRawSync } from 'node:zlib';
import { lineAndColumn } from './positions.ts';
import type { NoirArtifact } from './types.ts';

export interface SourcePlace {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

interface DebugInfo {
  readonly acir_locations?: Readonly<Record<string, number>>;
  readonly brillig_locations?: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly location_tree?: {
    readonly locations: readonly {
      readonly parent: number | null;
      readonly value: { readonly file: number; readonly span: { readonly start: number } };
    }[];
  };
}

/** What an ACVM error says of its place. `callStack` holds "<acir opcode>" or "<acir opcode>.<brillig opcode>". */
export interface FailedOpcode {
  readonly callStack?: string[] | undefined;
  readonly acirFunctionId?: number | undefined;
  readonly brilligFunctionId?: number | undefined;
}

/** Names the innermost source line of the opcode that failed; undefined when the artifact does not know it. */
export function locateOpcode(artifact: NoirArtifact, failed: FailedOpcode): SourcePlace | undefined {
  const opcode = failed.callStack?.at(-1);
  if (opcode === undefined) return undefined;
  const info = debugInfos(artifact)[failed.acirFunctionId ?? 0];
  const [acirIndex, brilligIndex] = opcode.split('.') as [string, string | undefined];
  const node =
    brilligIndex === undefined
      ? info?.acir_locations?.[acirIndex]
      : (info?.brillig_locations?.[String(failed.brilligFunctionId)]?.[brilligIndex] ??
        info?.acir_locations?.[acirIndex]);
  const location = node === undefined ? undefined : info?.location_tree?.locations[node]?.value;
  const source = location && artifact.file_map[String(location.file)];
  return source && { file: source.path, ...lineAndColumn(source.source, location.span.start) };
}

function debugInfos(artifact: NoirArtifact): readonly DebugInfo[] {
  try {
    const json = inflateRawSync(Buffer.from(artifact.debug_symbols, 'base64')).toString('utf8');
    return (JSON.parse(json) as { debug_infos?: DebugInfo[] }).debug_infos ?? [];
  } catch {
    return [];
  }
}
