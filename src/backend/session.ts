/** What the back ends of all proof systems hold for one program: a kernel, the circuit, keys, the loaded proving key. */
import { BionoirError } from '../errors.ts';
import { type Kernel, openKernel } from '../kernel/index.ts';
import type { Circuit } from '../pipeline/index.ts';

/** What a session is opened with. */
export interface SessionOptions<Keys> {
  /** The proving engine; opened (and closed with the session) when left out. */
  readonly kernel?: Kernel;
  /** Keys made before. */
  readonly keys?: Keys;
}

/** What differs between proof systems. */
interface SessionSystem<Loaded> {
  /** For messages: 'Groth16'. */
  readonly name: string;
  lower(): Promise<Circuit>;
  load(kernel: Kernel, provingKey: Uint8Array): Promise<Loaded>;
}

/** Opens, lowers and loads on first use, and once. */
export class BackendSession<
  Keys extends { readonly provingKey: Uint8Array },
  Loaded extends { release(): void },
> {
  readonly #system: SessionSystem<Loaded>;
  readonly #ownsKernel: boolean;
  #kernel: Promise<Kernel> | undefined;
  #circuit: Promise<Circuit> | undefined;
  #keys: Keys | undefined;
  #loaded: Promise<Loaded> | undefined;

  constructor({ kernel, keys }: SessionOptions<Keys>, system: SessionSystem<Loaded>) {
    this.#system = system;
    this.#ownsKernel = kernel === undefined;
    this.#kernel = kernel === undefined ? undefined : Promise.resolve(kernel);
    this.#keys = keys;
  }

  kernel(): Promise<Kernel> {
    this.#kernel ??= openKernel();
    return this.#kernel;
  }

  circuit(): Promise<Circuit> {
    this.#circuit ??= this.#system.lower();
    return this.#circuit;
  }

  /** @throws BionoirError USAGE (no keys yet) */
  keys(): Keys {
    if (this.#keys) return this.#keys;
    throw new BionoirError(
      'USAGE',
      `The backend has no keys yet: ${this.#system.name} needs a set-up for each program. Call setup() first, or give keys to the constructor.`,
    );
  }

  async replaceKeys(keys: Keys): Promise<Keys> {
    await this.#releaseKey();
    this.#keys = keys;
    return keys;
  }

  /** @throws BionoirError USAGE (no keys yet), MALFORMED_KEY */
  async provingKey(): Promise<Loaded> {
    const { provingKey } = this.keys();
    const kernel = await this.kernel();
    this.#loaded ??= this.#system.load(kernel, provingKey);
    return this.#loaded;
  }

  /** Frees the loaded key and, unless it was given, the kernel. */
  async close(): Promise<void> {
    await this.#releaseKey();
    if (this.#ownsKernel) await (await this.#kernel)?.close();
    this.#kernel = undefined;
  }

  async #releaseKey(): Promise<void> {
    (await this.#loaded)?.release();
    this.#loaded = undefined;
  }
}
