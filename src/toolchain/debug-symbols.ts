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

interface LocationNode {
  readonly parent: number | null;
  readonly value: { readonly file: number; readonly span: { readonly start: number } };
}

interface DebugInfo {
  readonly acir_locations?: Readonly<Record<string, number>>;
  readonly brillig_locations?: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly location_tree?: {
    readonly locations: readonly LocationNode[];
  };
}

/** What an ACVM error says of its place. `callStack` holds "<acir opcode>" or "<acir opcode>.<brillig opcode>". */
export interface FailedOpcode {
  readonly callStack?: string[] | undefined;
  readonly acirFunctionId?: number | undefined;
  readonly brilligFunctionId?: number | undefined;
}

/** Deepest call stack that is followed. */
const MAX_STACK = 256;

/**
 * The call stack of the opcode that failed, outermost call first; empty when the artifact does not know it. It ends where
 * the program calls the standard library, whose lines tell a user nothing.
 */
export function locateOpcode(artifact: NoirArtifact, failed: FailedOpcode): SourcePlace[] {
  const places = wholeStack(artifact, failed);
  const last = places.findLastIndex(({ file }) => !file.startsWith('std/'));
  return last < 0 ? places : places.slice(0, last + 1);
}

function wholeStack(artifact: NoirArtifact, failed: FailedOpcode): SourcePlace[] {
  const opcode = failed.callStack?.at(-1);
  if (opcode === undefined) return [];
  const info = debugInfos(artifact)[failed.acirFunctionId ?? 0];
  const [acirIndex, brilligIndex] = opcode.split('.') as [string, string | undefined];
  const inBrillig =
    brilligIndex === undefined
      ? undefined
      : info?.brillig_locations?.[String(failed.brilligFunctionId)]?.[brilligIndex];
  const outer = inBrillig === undefined ? [] : placesOf(artifact, info, info?.acir_locations?.[acirIndex]);
  return [...outer, ...placesOf(artifact, info, inBrillig ?? info?.acir_locations?.[acirIndex])];
}

/** The way from the root of the tree, which stands for the program, to a node. */
function placesOf(
  artifact: NoirArtifact,
  info: DebugInfo | undefined,
  leaf: number | undefined,
): SourcePlace[] {
  const places: SourcePlace[] = [];
  let index: number | null | undefined = leaf;
  while (typeof index === 'number' && places.length < MAX_STACK) {
    const node: LocationNode | undefined = info?.location_tree?.locations[index];
    const source = node && artifact.file_map[String(node.value.file)];
    if (source && (node.parent !== null || places.length === 0))
      places.push({ file: source.path, ...lineAndColumn(source.source, node.value.span.start) });
    index = node?.parent;
  }
  return places.reverse();
}

/** "main.nr:3:5". */
export function showPlace({ file, line, column }: SourcePlace): string {
  return `${file}:${line}:${column}`;
}

function debugInfos(artifact: NoirArtifact): readonly DebugInfo[] {
  try {
    const json = inflateRawSync(Buffer.from(artifact.debug_symbols, 'base64')).toString('utf8');
    return (JSON.parse(json) as { debug_infos?: DebugInfo[] }).debug_infos ?? [];
  } catch {
    return [];
  }
}
