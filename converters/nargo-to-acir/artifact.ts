/**
 * Artifact: the JSON file that nargo and noir_wasm write for a binary package (`target/<name>.json`).
 *
 * Contract artifacts hold several functions, each with `abi` and `bytecode`: hand one of them over.
 */
import type { Abi } from '../../src/acir/index.ts';
import type { Program, SourceLocation } from '../../src/acir/types.ts';
import { BionoirError } from '../../src/errors.ts';
import { type BytecodeOptions, DEFAULT_MAX_BYTES, decodeBytecode, type Release } from './bytecode.ts';
import { makeLocate } from './debug-symbols.ts';
import { isRecord } from './json.ts';
import { parseAbi, wrong } from './parse-abi.ts';

/** `noirVersion` overrules what the artifact says of itself. */
export type ArtifactOptions = BytecodeOptions;

/** A program with all that its artifact says about it. */
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
  const json = typeof artifact === 'string' ? parseJson(artifact) : artifact;
  if (!isRecord(json)) throw wrong('(the whole)', 'is an object', json);
  if (json.bytecode === undefined && Array.isArray(json.functions)) throw contract(json.functions);
  if (typeof json.bytecode !== 'string') throw wrong('bytecode', 'is a text', json.bytecode);
  const abi = parseAbi(json.abi);
  const noirVersion =
    options.noirVersion ?? (typeof json.noir_version === 'string' ? json.noir_version : undefined);
  const maxBytes = options.maxBytes ?? DEFAULT_MAX_BYTES;
  const limits = { maxBytes, ...(noirVersion === undefined ? {} : { noirVersion }) };
  const { program, release } = decodeBytecode(json.bytecode, limits);
  const named = {
    functions: nameAll(program.functions, json.names, index => (index === 0 ? 'main' : `function_${index}`)),
    unconstrained: nameAll(program.unconstrained, json.brillig_names, index => `unconstrained_${index}`),
  };
  return {
    program: named,
    abi,
    release,
    names: named.functions.map(circuit => circuit.name),
    locate: makeLocate(json.debug_symbols, json.file_map, maxBytes),
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new BionoirError(
      'MALFORMED_ARTIFACT',
      `The artifact is not JSON: ${(cause as Error).message}. Give the file that nargo or noir_wasm wrote.`,
      { cause },
    );
  }
}

/** Fills in names that the release keeps beside the program, or nowhere. */
function nameAll<T extends { readonly name: string }>(
  functions: readonly T[],
  names: unknown,
  fallback: (index: number) => string,
): T[] {
  return functions.map((item, index) => {
    const beside: unknown = Array.isArray(names) ? names[index] : undefined;
    return { ...item, name: item.name || (typeof beside === 'string' && beside) || fallback(index) };
  });
}

function contract(functions: readonly unknown[]): BionoirError {
  const names = functions.map(item => (isRecord(item) ? String(item.name) : '?')).join(', ');
  return new BionoirError(
    'MALFORMED_ARTIFACT',
    `The artifact is of a contract with several functions (${names}). Give one element of its 'functions', with noir_version added.`,
    { details: { functions: names } },
  );
}
