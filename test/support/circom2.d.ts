/** The part of the untyped npm package circom2 (the Circom compiler as WebAssembly) that the tests use. */
declare module 'circom2' {
  export interface CircomBindings {
    readonly fs: unknown;
    readonly [name: string]: unknown;
  }
  export const bindings: CircomBindings;
  export class CircomRunner {
    constructor(options: {
      args: readonly string[];
      env: Readonly<Record<string, string>>;
      preopens: Readonly<Record<string, string>>;
      bindings: CircomBindings;
    });
    /** Turns bytes into a module; replaced by tests that hold a compiled module already. */
    compile: (bytes: unknown) => Promise<WebAssembly.Module>;
    execute(bytes: unknown): Promise<WebAssembly.Instance>;
  }
}
