/**
 * One instance of the WebAssembly kernel (native/ compiled by scripts/build-wasm.mjs): memory, imports, and calls of the C
 * functions with their arguments laid out. Runs in any thread, in Node and browsers; knows no workers.
 */
import { BionoirError } from '../../errors.ts';

/** One argument of a C function, in the order of bionoir_kernel.h; it can be posted to a worker. */
export type Argument =
  /** A number, an address, a handle. */
  | number
  | bigint
  /** Bytes that the function reads. */
  | { readonly kind: 'in'; readonly bytes: Uint8Array }
  /** Bytes that were brought into memory before, by `allocate`; freed after the call. */
  | { readonly kind: 'placed'; readonly address: number }
  /** Bytes that the function writes: a result. */
  | { readonly kind: 'out'; readonly size: number }
  /** Bytes that it reads and writes: a result. */
  | { readonly kind: 'inout'; readonly bytes: Uint8Array }
  /** A record of words: what its fields stand for. */
  | { readonly kind: 'record'; readonly fields: readonly Argument[] }
  /** A handle or another word that the function writes: a result. */
  | { readonly kind: 'word' }
  /** Bytes that the function allocates: two arguments, address and length; a result. */
  | { readonly kind: 'owned' }
  | { readonly kind: 'error' }
  /** Supervision: the address of the word that cancels, or 0. */
  | { readonly kind: 'watch'; readonly cell: number };

export type Result = Uint8Array | number;
export type ReportProgress = (step: string, fraction: number) => void;

/** A C function returned another status than BK_OK. */
export class StatusError extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** The stack and the thread-local storage of a thread that is not the first. */
export interface ThreadPlace {
  readonly stack: number;
  readonly storage: number;
}

/** What the module exports beside the functions of bionoir_kernel.h. */
interface Exports {
  readonly __wasm_call_ctors: () => void;
  readonly __stack_pointer: WebAssembly.Global;
  readonly __tls_size: WebAssembly.Global;
  readonly __wasm_init_tls: (storage: number) => void;
  readonly bk_wasm_allocate: (size: number) => number;
  readonly bk_wasm_release: (address: number) => void;
  readonly bk_wasm_progress: () => number;
  readonly bk_wasm_thread: () => void;
  readonly bk_free: (address: number) => void;
}

const NO_MEMORY = 5;
const INTERNAL = 9;
const MESSAGE_BYTES = 240;
const STACK_BYTES = 1 << 20;
const STORAGE_ALIGNMENT = 64;
const PAGE_BYTES = 65536;
const RANDOM_BYTES_MAX = 65536;
/** What the module starts with; see scripts/build-wasm.mjs. */
const INITIAL_PAGES = 256;
const MAXIMUM_PAGES = 65536;

/** Memory for a kernel, of at most `maximum` bytes. @throws BionoirError KERNEL_FAILED when the host has not so much. */
export function createMemory(shared: boolean, maximum: number): WebAssembly.Memory {
  const pages = Math.min(MAXIMUM_PAGES, Math.max(INITIAL_PAGES, Math.floor(maximum / PAGE_BYTES)));
  try {
    return new WebAssembly.Memory({ initial: INITIAL_PAGES, maximum: pages, shared });
  } catch (cause) {
    throw new BionoirError(
      'KERNEL_FAILED',
      `The host gives the WebAssembly kernel no memory of up to ${pages * PAGE_BYTES} bytes. Set a smaller memoryMax.`,
      { details: { maximum: pages * PAGE_BYTES }, cause },
    );
  }
}

/** An instance on a memory of its own, or as the first of several on a shared one. */
export function startInstance(module: WebAssembly.Module, memory: WebAssembly.Memory): KernelInstance {
  const instance = new KernelInstance(module, memory);
  instance.exports.__wasm_call_ctors();
  return instance;
}

/** Makes this thread one of the kernel's. Does not return. */
export function runThread(
  module: WebAssembly.Module,
  memory: WebAssembly.Memory,
  { stack, storage }: ThreadPlace,
): void {
  const { exports } = new KernelInstance(module, memory);
  exports.__stack_pointer.value = stack;
  exports.__wasm_init_tls(storage);
  exports.bk_wasm_thread();
}

/** Memory, exports and calls of one instance. */
export class KernelInstance {
  readonly exports: Exports;
  private readonly functions: WebAssembly.Exports;
  private readonly memory: WebAssembly.Memory;
  private report: ReportProgress | undefined;
  /** What the module stopped with, if it did: locks may be held, so nothing in it may run again. */
  private trap: string | undefined;

  constructor(module: WebAssembly.Module, memory: WebAssembly.Memory) {
    this.memory = memory;
    const host = {
      random: (address: number, size: number) => this.fillRandom(address, size),
      progress: (_: number, step: number, fraction: number) => this.report?.(this.text(step), fraction),
      fatal: (message: number) => {
        throw new Error(this.text(message));
      },
    };
    const instance = new WebAssembly.Instance(module, { env: { memory }, host });
    this.functions = instance.exports;
    // The module is ours and its exports are fixed by scripts/build-wasm.mjs.
    this.exports = instance.exports as unknown as Exports;
  }

  /** @throws StatusError when there is no memory. */
  allocate(size: number): number {
    this.assertWhole();
    const address = this.exports.bk_wasm_allocate(size) >>> 0;
    if (address === 0) throw new StatusError(NO_MEMORY, `not enough memory: ${size} bytes more are needed`);
    return address;
  }

  write(address: number, bytes: Uint8Array): void {
    this.bytes(address, bytes.length).set(bytes);
  }

  /** Places for `count` more threads. */
  threadPlaces(count: number): ThreadPlace[] {
    const size: number = this.exports.__tls_size.value;
    return Array.from({ length: count }, () => {
      const storage = this.allocate(size + STORAGE_ALIGNMENT);
      return {
        stack: (this.allocate(STACK_BYTES) + STACK_BYTES) & -16,
        storage: Math.ceil(storage / STORAGE_ALIGNMENT) * STORAGE_ALIGNMENT,
      };
    });
  }

  /**
   * Calls a function of bionoir_kernel.h and returns what its `out`, `inout`, `word` and `owned` arguments became; for a
   * function without an `error` argument, what it returned comes last.
   *
   * @throws StatusError
   */
  call(name: string, values: readonly Argument[], report?: ReportProgress): Result[] {
    const callee = this.functions[name];
    if (typeof callee !== 'function') throw new StatusError(INTERNAL, `the module has no function ${name}`);
    this.assertWhole();
    const frame = new Frame(this);
    this.report = report;
    try {
      const addresses = values.flatMap(value => frame.lay(value));
      const returned: number | undefined = this.run(() => callee(...addresses));
      if (frame.error === undefined) return [...frame.collect(), returned ?? 0];
      if (returned !== 0) throw new StatusError(returned ?? INTERNAL, this.text(frame.error));
      return frame.collect();
    } finally {
      this.report = undefined;
      frame.free();
    }
  }

  /** Frees memory; after a trap it stays, since the allocator's lock may be held for ever. */
  release(address: number): void {
    if (this.trap === undefined) this.exports.bk_wasm_release(address);
  }

  private run<T>(body: () => T): T {
    try {
      return body();
    } catch (error) {
      this.trap = error instanceof Error ? error.message : String(error);
      throw new StatusError(INTERNAL, `the module stopped (${this.trap}), perhaps for want of memory`);
    }
  }

  private assertWhole(): void {
    if (this.trap !== undefined)
      throw new StatusError(INTERNAL, `the module stopped before (${this.trap}); open another kernel`);
  }

  bytes(address: number, size: number): Uint8Array {
    return new Uint8Array(this.memory.buffer, address, size);
  }

  words(address: number, count: number): Uint32Array {
    return new Uint32Array(this.memory.buffer, address, count);
  }

  private text(address: number): string {
    const bytes = this.bytes(address >>> 0, MESSAGE_BYTES);
    const end = bytes.indexOf(0);
    // Copied, since decoders refuse shared memory.
    return new TextDecoder().decode(bytes.slice(0, end < 0 ? undefined : end));
  }

  private fillRandom(address: number, size: number): number {
    for (let done = 0; done < size; done += RANDOM_BYTES_MAX) {
      const part = new Uint8Array(Math.min(RANDOM_BYTES_MAX, size - done)); // generators refuse shared memory, too
      globalThis.crypto.getRandomValues(part);
      this.write((address >>> 0) + done, part);
      part.fill(0);
    }
    return 1;
  }
}

/** The memory of one call's arguments. */
class Frame {
  error: number | undefined;
  private readonly blocks: { readonly address: number; readonly size: number }[] = [];
  private readonly collectors: (() => Result)[] = [];
  private readonly instance: KernelInstance;

  constructor(instance: KernelInstance) {
    this.instance = instance;
  }

  /** What the function is passed for an argument. */
  lay(value: Argument): (number | bigint)[] {
    if (typeof value !== 'object') return [value];
    switch (value.kind) {
      case 'in':
        return [this.copy(value.bytes)];
      case 'placed':
        this.blocks.push({ address: value.address, size: 0 });
        return [value.address];
      case 'out':
        return [this.result(this.block(value.size), value.size)];
      case 'inout':
        return [this.result(this.copy(value.bytes), value.bytes.length)];
      case 'record':
        return [this.wordsOf(value.fields.flatMap(field => this.lay(field)).map(Number))];
      case 'word': {
        const address = this.wordsOf([0]);
        this.collectors.push(() => this.instance.words(address, 1)[0] ?? 0);
        return [address];
      }
      case 'owned':
        return this.layOwned();
      case 'error':
        this.error = this.block(MESSAGE_BYTES);
        return [this.error];
      case 'watch':
        return [this.wordsOf([value.cell, this.instance.exports.bk_wasm_progress(), 0])];
      default:
        return value satisfies never;
    }
  }

  collect(): Result[] {
    return this.collectors.map(collector => collector());
  }

  /** Arguments may hold secrets: they are wiped. */
  free(): void {
    for (const { address, size } of this.blocks) {
      this.instance.bytes(address, size).fill(0);
      this.instance.release(address);
    }
  }

  private layOwned(): [number, number] {
    const address = this.wordsOf([0, 0]);
    this.collectors.push(() => {
      const [data = 0, size = 0] = this.instance.words(address, 2);
      try {
        return this.instance.bytes(data, size).slice();
      } finally {
        this.instance.exports.bk_free(data);
      }
    });
    return [address, address + 4];
  }

  private result(address: number, size: number): number {
    this.collectors.push(() => this.instance.bytes(address, size).slice());
    return address;
  }

  private copy(bytes: Uint8Array): number {
    const address = this.block(bytes.length);
    this.instance.write(address, bytes);
    return address;
  }

  private wordsOf(words: readonly number[]): number {
    const address = this.block(4 * words.length);
    this.instance.words(address, words.length).set(words);
    return address;
  }

  private block(size: number): number {
    const address = this.instance.allocate(size);
    this.blocks.push({ address, size });
    return address;
  }
}
