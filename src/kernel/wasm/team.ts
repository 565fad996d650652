/**
 * The workers of one kernel as the main thread sees them: starting and ending, calls with their arguments, cancellation.
 * Large inputs are brought into the kernel's memory before the call, so that they are copied once.
 */
import { BionoirError } from '../../errors.ts';
import type { KernelWorker, WasmHost } from './host.ts';
import { type Argument, createMemory, type ReportProgress, type Result, StatusError } from './instance.ts';
import { withoutSharing } from './module.ts';
import { CELL_COUNT, type Reply } from './worker.ts';

/** Above this size, inputs do not travel with the call. */
const LARGE_BYTES = 1 << 16;
const PIECE_BYTES = 1 << 22;
const PAGE_BYTES = 65536;
/** What 32 bits can address. */
const MEMORY_MAX = 2 ** 32;
/** With less, nothing is worth trying. */
const MEMORY_LEAST = 2 ** 26;
const INTERNAL = 9;
const CANCELLED = 6;

interface Waiting {
  readonly resolve: (results: readonly Result[]) => void;
  readonly reject: (error: Error) => void;
  readonly report: ReportProgress | undefined;
}

export interface Team {
  readonly threads: number;
  call(name: string, values: readonly Argument[], report?: ReportProgress): Promise<readonly Result[]>;
  /** A word of the kernel's memory for cancelling; its address is `address`. */
  borrowCell(): { readonly cell: Int32Array; giveBack(): void };
  addressOf(cell: Int32Array | undefined): number;
  end(): Promise<void>;
}

/** @throws BionoirError KERNEL_FAILED, MISSING_KERNEL; StatusError when the kernel does not start. */
export async function startTeam(
  host: WasmHost,
  options: { readonly threads: number; readonly memoryMax: number | undefined },
): Promise<Team> {
  const bytes = await host.load();
  const threads = host.shares ? options.threads : 1;
  const module = await compile(bytes, host.shares);
  const memory = host.shares ? sharedMemory(options.memoryMax) : undefined;
  const team = new RunningTeam(host, threads, memory);
  try {
    await team.start(module, Math.floor((options.memoryMax ?? MEMORY_MAX) / PAGE_BYTES));
    return team;
  } catch (error) {
    await team.end();
    throw error;
  }
}

/** Shared memory is reserved whole: where a host (a phone) refuses so much, and nobody asked for it, half is tried. */
function sharedMemory(asked: number | undefined): WebAssembly.Memory {
  for (let size = MEMORY_MAX; asked === undefined && size > MEMORY_LEAST; size /= 2) {
    try {
      return createMemory(true, size);
    } catch (error) {
      if (!(error instanceof BionoirError)) throw error;
    }
  }
  return createMemory(true, asked ?? MEMORY_LEAST);
}

async function compile(bytes: Uint8Array, isShared: boolean): Promise<WebAssembly.Module> {
  try {
    return await WebAssembly.compile((isShared ? bytes : withoutSharing(bytes)) as BufferSource);
  } catch (cause) {
    throw new BionoirError(
      'MISSING_KERNEL',
      'This host cannot run the WebAssembly kernel: it needs 128-bit vectors, atomics and exceptions. Use a newer one.',
      { cause },
    );
  }
}

class RunningTeam implements Team {
  readonly threads: number;
  private readonly memory: WebAssembly.Memory | undefined;
  private readonly leader: KernelWorker;
  private readonly workers: KernelWorker[] = [];
  private readonly host: WasmHost;
  private readonly waiting = new Map<number, Waiting>();
  private readonly freeCells: number[] = [];
  private begin:
    | { resolve(reply: Extract<Reply, { kind: 'leading' }>): void; reject(error: Error): void }
    | undefined;
  private nextId = 1;
  private broken: Error | undefined;

  constructor(host: WasmHost, threads: number, memory: WebAssembly.Memory | undefined) {
    this.host = host;
    this.threads = threads;
    this.memory = memory;
    this.leader = this.hire();
  }

  async start(module: WebAssembly.Module, pages: number): Promise<void> {
    const { places, cells } = await new Promise<Extract<Reply, { kind: 'leading' }>>((resolve, reject) => {
      this.begin = { resolve, reject };
      this.leader.setBusy(true);
      this.leader.post({ kind: 'lead', module, memory: this.memory, pages, threads: this.threads });
    });
    this.leader.setBusy(false);
    for (let i = 0; i < CELL_COUNT && this.memory !== undefined; i++) this.freeCells.push(cells + 4 * i);
    for (const place of places) {
      if (this.memory !== undefined) this.hire().post({ kind: 'thread', module, memory: this.memory, place });
    }
  }

  async call(name: string, values: readonly Argument[], report?: ReportProgress): Promise<readonly Result[]> {
    const placed: number[] = [];
    const small: Argument[] = [];
    try {
      for (const value of values) small.push(await this.place(value, placed));
    } catch (error) {
      for (const address of placed) this.leader.post({ kind: 'release', address });
      throw error;
    }
    return this.ask(id => this.leader.post({ kind: 'call', id, name, values: small }), report);
  }

  borrowCell(): { readonly cell: Int32Array; giveBack(): void } {
    const address = this.freeCells.pop();
    // Without shared memory, or with very many calls at once, a call is stopped only before it begins.
    if (address === undefined || this.memory === undefined) {
      return { cell: new Int32Array(1), giveBack: () => undefined };
    }
    const cell = new Int32Array(this.memory.buffer, address, 1);
    cell[0] = 0;
    return { cell, giveBack: () => this.freeCells.push(address) };
  }

  addressOf(cell: Int32Array | undefined): number {
    if (cell === undefined) return 0;
    const isOurs = this.memory !== undefined && cell.byteOffset !== 0;
    if (!isOurs && cell[0] !== 0) throw new StatusError(CANCELLED, 'cancelled by the caller');
    return isOurs ? cell.byteOffset : 0;
  }

  async end(): Promise<void> {
    this.broken ??= new Error('the kernel is closed');
    await Promise.all(this.workers.map(worker => worker.end()));
  }

  private hire(): KernelWorker {
    const worker = this.host.startWorker(
      reply => this.hear(reply),
      error => this.fail(error),
    );
    this.workers.push(worker);
    return worker;
  }

  /** Brings a large input into memory; other arguments stay as they are. */
  private async place(value: Argument, placed: number[]): Promise<Argument> {
    if (typeof value !== 'object') return value;
    if (value.kind === 'record') {
      const fields: Argument[] = [];
      for (const field of value.fields) fields.push(await this.place(field, placed));
      return { kind: 'record', fields };
    }
    if (value.kind !== 'in' || value.bytes.length < LARGE_BYTES) return value;
    const { bytes } = value;
    const [address] = await this.ask(id => this.leader.post({ kind: 'allocate', id, size: bytes.length }));
    if (typeof address !== 'number') throw new StatusError(INTERNAL, 'the worker gave no address');
    placed.push(address);
    if (this.memory !== undefined) {
      new Uint8Array(this.memory.buffer, address, bytes.length).set(bytes);
    } else {
      for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
        this.leader.post({ kind: 'fill', address: address + at, bytes: bytes.slice(at, at + PIECE_BYTES) });
      }
    }
    return { kind: 'placed', address };
  }

  private ask(post: (id: number) => void, report?: ReportProgress): Promise<readonly Result[]> {
    if (this.broken !== undefined) return Promise.reject(new StatusError(INTERNAL, this.broken.message));
    const id = this.nextId++;
    if (this.waiting.size === 0) this.leader.setBusy(true);
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject, report });
      post(id);
    });
  }

  private hear(reply: Reply): void {
    if (reply.kind === 'leading') {
      this.begin?.resolve(reply);
      return;
    }
    if (reply.kind === 'refused') {
      this.begin?.reject(new StatusError(reply.status, reply.message));
      return;
    }
    const waiting = this.waiting.get(reply.id);
    if (reply.kind === 'progress') {
      waiting?.report?.(reply.step, reply.fraction);
      return;
    }
    this.waiting.delete(reply.id);
    if (this.waiting.size === 0) this.leader.setBusy(false);
    if (reply.kind === 'done') waiting?.resolve(reply.results);
    else waiting?.reject(new StatusError(reply.status, reply.message));
  }

  /** A worker died: what its threads held is lost, so nothing more can be called. */
  private fail(error: Error): void {
    if (this.broken !== undefined) return;
    this.broken = new Error(`a worker of the kernel failed: ${error.message}`);
    this.begin?.reject(this.broken);
    for (const { reject } of this.waiting.values()) reject(new StatusError(INTERNAL, this.broken.message));
    this.waiting.clear();
    this.leader.setBusy(false);
  }
}
