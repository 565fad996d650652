/** The whole of bionoir in this page: a kernel, a circuit, a proof. */
import { fetchCircuit, openProver, type ProvenStatement, type Prover, webKernel } from 'bionoir/browser';

/** The circuits that build.ts makes, by the folder that they are served from. */
export const SYSTEMS = { ultragroth: 'UltraGroth', groth16: 'Groth16' } as const;
export type System = keyof typeof SYSTEMS;

/** What is going on, for people; `fraction` from 0 to 1. */
export type Tell = (text: string, fraction: number) => void;

export interface Task {
  readonly system: System;
  /** 28 x 28 grey pixels. */
  readonly pixels: Uint8Array;
  readonly address: string;
  readonly nonce: string;
}

export interface Outcome {
  readonly statement: ProvenStatement;
  /** What the network says. */
  readonly label: number;
  /** Of circuit, key and kernel; 0 when they were there already. */
  readonly loadMillis: number;
  /** Of them, what the network brought; the rest came from the browser's cache. */
  readonly fetchedBytes: number;
}

interface Loaded {
  readonly prover: Prover;
  readonly fetchedBytes: number;
}

const loading = new Map<System, Promise<Loaded>>();
let kernel: ReturnType<typeof webKernel> | undefined;

/** Proves what the network says of a picture; the first proof of a system fetches its key. */
export async function proveDigit(task: Task, tell: Tell, signal: AbortSignal): Promise<Outcome> {
  const startedAt = performance.now();
  const isNew = !loading.has(task.system);
  const { prover, fetchedBytes } = await loaded(task.system, tell, signal);
  const loadMillis = isNew ? performance.now() - startedAt : 0;
  const { pixels, address, nonce } = task;
  const statement = await prover.prove(
    { pixels, address, nonce },
    {
      signal,
      onProgress: (step, _, fraction) =>
        tell(STEPS[step].text, STEPS[step].from + STEPS[step].share * fraction),
    },
  );
  const label = Number(statement.publicSignals.at(-1)); // address, nonce, label
  return { statement, label, loadMillis, fetchedBytes: isNew ? fetchedBytes : 0 };
}

const STEPS = {
  solve: { text: 'Running the network, solving the witness', from: 0, share: 0.1 },
  prove: { text: 'Proving', from: 0.1, share: 0.85 },
  verify: { text: 'Verifying the proof', from: 0.95, share: 0.05 },
} as const;

/** Loads a circuit once; what failed is tried again the next time. */
function loaded(system: System, tell: Tell, signal: AbortSignal): Promise<Loaded> {
  const known = loading.get(system);
  if (known) return known;
  const started = load(system, tell, signal).catch(error => {
    loading.delete(system);
    throw error;
  });
  loading.set(system, started);
  return started;
}

async function load(system: System, tell: Tell, signal: AbortSignal): Promise<Loaded> {
  const [engine, files] = await Promise.all([
    openKernel(),
    fetchCircuit(new URL(`circuits/${system}/circuit.json`, document.baseURI), {
      signal,
      onProgress: (received, total) =>
        tell(`Getting the proving key: ${megabytes(received)} of ${megabytes(total)} MB`, received / total),
    }),
  ]);
  tell('Reading the proving key', 1);
  return { prover: await openProver(engine, files), fetchedBytes: files.networkBytes };
}

/** One kernel for all circuits of the page. */
function openKernel(): ReturnType<typeof webKernel> {
  kernel ??= webKernel(new URL('bionoir_kernel.wasm', document.baseURI)).catch(error => {
    kernel = undefined;
    throw error;
  });
  return kernel;
}

export function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1);
}
