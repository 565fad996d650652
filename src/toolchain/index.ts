export { encodeInputs } from './encode-inputs.ts';
export { executeArtifact, explainFailure } from './execute.ts';
export { checkInputs, showValue, typeName } from './inputs.ts';
export { type NargoOptions, nargo } from './nargo.ts';
export { type NoirWasmOptions, type NoirWasmSession, noirWasm, noirWasmSession } from './noir-wasm.ts';
export { findPackage, findPackages, lastChange, type NargoPackage } from './project.ts';
export { parseProverToml } from './prover-toml.ts';
export { readPackage } from './read-package.ts';
export {
  type CacheOptions,
  type CompileCache,
  type Compiled,
  defaultCacheFolder,
  folderCache,
} from './separate/cache.ts';
export { type NoirWasmByPartsOptions, noirWasmByParts } from './separate/noir-wasm.ts';
export type { Linker, LinkerPart } from './separate/separate.ts';
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
  ProgramInput,
  ProgramInputs,
  TypedNumbers,
} from './types.ts';
