/**
 * What a Noir compiler gives and takes: the artifact as it stands in `target/<name>.json`, inputs and return values as
 * the ABI encoder knows them. Nothing here knows how ACIR is coded inside `bytecode`.
 */
import type { Abi, InputValue } from '@noir-lang/noirc_abi';
import type { Program, WitnessStack } from '../acir/types.ts';
import type { NoirPackage } from '../noir/types.ts';

export type { Abi, AbiParameter, AbiType, InputMap, InputValue } from '@noir-lang/noirc_abi';

/** The artifact JSON of one program, key by key as compilers write it. */
export interface NoirArtifact {
  readonly noir_version: string;
  /** Opaque: a number or a decimal text, by release. */
  readonly hash?: string | number;
  readonly abi: Abi;
  /** Base64 of the gzipped ACIR program. */
  readonly bytecode: string;
  /** Base64 of deflated JSON. */
  readonly debug_symbols: string;
  /** Sources by file id, for error locations. */
  readonly file_map: Readonly<Record<string, ArtifactSource>>;
}

export interface ArtifactSource {
  readonly path: string;
  readonly source: string;
}

/** A compiler's remark about one place of the source. `line` and `column` count from 1; absent when unknown. */
export interface Diagnostic {
  readonly message: string;
  readonly file: string;
  readonly line?: number;
  readonly column?: number;
}

export interface CompileOptions {
  /** Called once for each warning of the compiler. */
  readonly onWarning?: (warning: Diagnostic) => void;
  /** Stops the compiler; the promise then rejects with code ABORTED. */
  readonly signal?: AbortSignal;
  /** Told of each part of a package that is compiled by itself, with the fraction that is done. */
  readonly onProgress?: (step: string, fraction: number) => void;
  /** Told why something takes longer than it should. */
  readonly onNotice?: (text: string) => void;
}

/** A Noir compiler. */
export interface NoirToolchain {
  /** For people and reports: `noir_wasm` or `nargo`. */
  readonly name: string;
  /**
   * Compiles a package held in memory, or the package in a folder (a path).
   *
   * @throws BionoirError COMPILE_FAILED (the source is at fault), COMPILER_CRASHED (the compiler is), MISSING_TOOL, ABORTED
   */
  compile(source: NoirPackage | string, options?: CompileOptions): Promise<NoirArtifact>;
}

export interface ExecuteOptions {
  /**
   * The decoded artifact: solved by bionoir's own machine, fast and of any release that decodes. Without it Noir's
   * machine (npm @noir-lang/acvm_js) runs the artifact, which must be of its release.
   */
  readonly program?: Program;
  /** Receives what `print` and `println` write. Without it printing is silent. */
  readonly onPrint?: (text: string) => void;
  /** Answers oracles of the program: hex arguments in, hex results out. Without it an oracle call is an error. */
  readonly onForeignCall?: (
    name: string,
    inputs: readonly (readonly string[])[],
  ) => Promise<(string | string[])[]>;
}

/** A solved program. */
export interface Execution {
  /** Frames in completion order; the last one is main. */
  readonly stack: WitnessStack;
  /** What main returned, as the ABI decoder writes it: fields as hex texts. Null when main returns nothing. */
  readonly returnValue: InputValue | null;
}

/** Numbers in a typed array. */
export type TypedNumbers =
  | Uint8Array
  | Uint8ClampedArray
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array
  | Float32Array
  | Float64Array
  | BigUint64Array
  | BigInt64Array;

/**
 * A value as callers may write it: a number, a boolean, a text, a list, an object with a struct's fields. A typed array is
 * a list too; for a Noir array of arrays it may hold all elements in order, as pictures and tensors do.
 */
export type ProgramInput =
  | string
  | number
  | bigint
  | boolean
  | TypedNumbers
  | readonly ProgramInput[]
  | { readonly [field: string]: ProgramInput };

/** Values of main's parameters by name. */
export interface ProgramInputs {
  readonly [parameter: string]: ProgramInput;
}
