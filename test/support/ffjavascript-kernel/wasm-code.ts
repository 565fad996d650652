/** Shorthands for writing WebAssembly with ffjavascript's builder: parameters and locals by name, loops, pointers. */
import type { WasmCode, WasmCodeBuilder, WasmModuleBuilder } from 'ffjavascript';

/** What a function's body is written with. */
export interface Body {
  readonly c: WasmCodeBuilder;
  /** The value of a parameter or local. */
  readonly get: (name: string) => WasmCode;
  readonly set: (name: string, value: WasmCode) => WasmCode;
  readonly constant: (value: number) => WasmCode;
  /** base + index * size */
  readonly element: (base: WasmCode, index: WasmCode, size: number) => WasmCode;
  /** name += by */
  readonly increase: (name: string, by: number | WasmCode) => WasmCode;
  /** while (counter != 0) { body; counter -= 1 } */
  readonly countdown: (counter: string, ...body: readonly WasmCode[]) => WasmCode;
  /** for (name = 0; name < limit; name++) body */
  readonly upTo: (name: string, limit: WasmCode, ...body: readonly WasmCode[]) => WasmCode;
  /** Static memory, the same in every call. */
  readonly scratch: (bytes: number) => WasmCode;
}

export interface FunctionShape {
  readonly parameters: readonly string[];
  readonly locals?: readonly string[];
  readonly returns?: 'i32';
  /** Internal functions are called by others of the module only. */
  readonly internal?: true;
}

/** Adds a function; all parameters and locals are i32. */
export function addFunction(
  module: WasmModuleBuilder,
  name: string,
  { parameters, locals = [], returns, internal }: FunctionShape,
  write: (body: Body) => readonly WasmCode[],
): void {
  const f = module.addFunction(name);
  for (const parameter of parameters) f.addParam(parameter, 'i32');
  for (const local of locals) f.addLocal(local, 'i32');
  if (returns) f.setReturnType(returns);
  f.addCode(...write(bodyOf(module, f.getCodeBuilder())));
  if (!internal) module.exportFunction(name);
}

function bodyOf(module: WasmModuleBuilder, c: WasmCodeBuilder): Body {
  const { get, set, constant } = {
    get: (name: string) => c.getLocal(name),
    set: (name: string, value: WasmCode) => c.setLocal(name, value),
    constant: (value: number) => c.i32_const(value),
  };
  const increase = (name: string, by: number | WasmCode): WasmCode =>
    set(name, c.i32_add(get(name), typeof by === 'number' ? constant(by) : by));
  return {
    ...{ c, get, set, constant, increase },
    element: (base, index, size) => c.i32_add(base, c.i32_mul(index, constant(size))),
    countdown: (counter, ...body) =>
      c.block(c.loop(c.br_if(1, c.i32_eqz(get(counter))), ...body, increase(counter, -1), c.br(0))),
    upTo: (name, limit, ...body) => [
      ...set(name, constant(0)),
      ...c.block(c.loop(c.br_if(1, c.i32_eq(get(name), limit)), ...body, increase(name, 1), c.br(0))),
    ],
    scratch: bytes => constant(module.alloc(bytes)),
  };
}
