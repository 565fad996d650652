export { executeArtifact } from './execute.ts';
export { type NargoOptions, nargo } from './nargo.ts';
export { type NoirWasmOptions, type NoirWasmSession, noirWasm, noirWasmSession } from './noir-wasm.ts';
export type {
  Abi,
  AbiParameter,
  AbiType,
  ArtifactSource,
  CompileOptions,
  Diagnostic,
  ExecuteOptions,
  Execution,
  InputMap,
  InputValue,
  NoirArtifact,
  NoirToolchain,
} from './types.ts';
