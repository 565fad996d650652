/** Messages between noir-wasm.ts and the process that runs the compiler, noir-wasm-child.ts. */
import type { Diagnostic, NoirArtifact } from './types.ts';

/** A package in memory: name, and texts by path. */
export interface CompileRequest {
  readonly name: string;
  readonly files: ReadonlyMap<string, string>;
}

export type CompileReply =
  | { readonly kind: 'compiled'; readonly artifact: NoirArtifact; readonly warnings: readonly Diagnostic[] }
  /** The source does not compile. */
  | { readonly kind: 'rejected'; readonly diagnostics: readonly Diagnostic[] }
  /** The package cannot be read: no Nargo.toml, a missing dependency, not a binary. */
  | { readonly kind: 'unreadable'; readonly message: string }
  /** A panic, a stack overflow or a lack of memory inside the compiler. */
  | { readonly kind: 'crashed'; readonly message: string };
