/**
 * The plug-in with which ffjavascript builds our WebAssembly module: its own functions (wasmcurves' `g1m_addMixed`,
 * `frm_mul` ...) and loops over them, so that a worker is called once for thousands of points or terms.
 */
import type { WasmModuleBuilder } from 'ffjavascript';
import { addFieldFunctions } from './wasm-field.ts';
import { addPointFunctions } from './wasm-points.ts';

/** Adds all functions of ours to the module that ffjavascript is building. */
export function addFunctions(module: WasmModuleBuilder): void {
  addPointFunctions(module, 'g1m');
  addPointFunctions(module, 'g2m');
  addFieldFunctions(module);
}
