/** What the WebAssembly kernel needs of the place it runs in; node-host.ts and web-host.ts have the two there are. */
import type { Reply, Request } from './worker.ts';

/** A worker that runs worker.ts. */
export interface KernelWorker {
  post(request: Request): void;
  /** While busy, it keeps the process alive. */
  setBusy(busy: boolean): void;
  /** Ends it at once, whatever it does. */
  end(): Promise<void>;
}

export interface WasmHost {
  /** The bytes of the module. */
  readonly load: () => Promise<Uint8Array>;
  /** `onEnd` hears of a worker that fails or ends by itself. */
  readonly startWorker: (onReply: (reply: Reply) => void, onEnd: (error: Error) => void) => KernelWorker;
  readonly processors: number;
  /** Whether memory can be shared with workers. */
  readonly shares: boolean;
}
