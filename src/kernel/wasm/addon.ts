/**
 * The functions of bionoir_kernel.h over WebAssembly, in the shape of the compiled addon: what is long runs in the workers,
 * what is short and must answer at once runs on this thread, in an instance of its own. One entry a function: its C
 * arguments in order.
 */
import type { KernelHandle, KeyHandle, NativeAddon, UltraKeyHandle } from '../native-addon.ts';
import { type Argument, createMemory, type KernelInstance, type Result, startInstance } from './instance.ts';
import type { Team } from './team.ts';

/** A native object in the workers' memory, and what is known of it here. */
interface Pointer {
  readonly address: number;
  readonly facts: readonly number[];
}

const ERROR: Argument = { kind: 'error' };
const WORD: Argument = { kind: 'word' };
const OWNED: Argument = { kind: 'owned' };
const LOCAL_MEMORY_MAX = 2 ** 30;
const [G1_BYTES, PROOF_BYTES, SCALAR_BYTES] = [64, 256, 32];

function read(bytes: Uint8Array): [Argument, number] {
  return [{ kind: 'in', bytes }, bytes.length];
}
function pointer(bytes: Uint8Array): Argument {
  return { kind: 'in', bytes };
}
function out(size: number): Argument {
  return { kind: 'out', size };
}
function addressOf(handle: object): number {
  return (handle as Pointer).address;
}
function handleOf<T>(address: number, facts: readonly number[]): T {
  return { address, facts } satisfies Pointer as unknown as T;
}
function bytesOf(results: readonly Result[]): Uint8Array {
  return results[0] as Uint8Array;
}
function numberOf(results: readonly Result[], index = 0): number {
  return results[index] as number;
}

/** @param module The module for unshared memory, for what runs on this thread. */
export async function openAddon(
  team: Team,
  module: () => WebAssembly.Module,
  path: number,
): Promise<{ readonly addon: NativeAddon; readonly handle: KernelHandle }> {
  const opened = numberOf(await team.call('bk_open', [WORD, ERROR, path, team.threads]));
  const used = numberOf(await team.call('bk_kernel_path', [opened]));
  const threads = numberOf(await team.call('bk_kernel_threads', [opened]));
  const handle = handleOf<KernelHandle>(opened, [used, threads]);
  return { addon: addonOn(team, localCalls(module, used)), handle };
}

type LocalCall = (name: string, values: (kernel: number) => readonly Argument[]) => readonly Result[];

/** Calls on this thread, in an instance that is made when first needed. */
function localCalls(module: () => WebAssembly.Module, path: number): LocalCall {
  let local: { readonly instance: KernelInstance; readonly kernel: number } | undefined;
  return (name, values) => {
    if (local === undefined) {
      const instance = startInstance(module(), createMemory(false, LOCAL_MEMORY_MAX));
      local = { instance, kernel: numberOf(instance.call('bk_open', [WORD, ERROR, path, 1])) };
    }
    return local.instance.call(name, values(local.kernel));
  };
}

function addonOn(team: Team, local: LocalCall): NativeAddon {
  return {
    ...openingFunctions(team),
    ...groth16Functions(team),
    ...ultraGrothFunctions(team),
    ...parts(local),
  };
}

type Listener = ((step: string, fraction: number) => void) | undefined;

/** A call that can be watched: supervision is its last argument. */
function watched(
  team: Team,
  name: string,
  values: readonly Argument[],
  cancel: Int32Array | undefined,
  listener: Listener,
): Promise<readonly Result[]> {
  return team.call(name, [...values, { kind: 'watch', cell: team.addressOf(cancel) }], listener);
}

function openingFunctions(
  team: Team,
): Pick<NativeAddon, 'abiVersion' | 'open' | 'describe' | 'close' | 'releaseKey' | 'keyShape' | 'loadKey'> {
  return {
    abiVersion: () => 0, // checked by openAddon, with the module
    open: () => {
      throw new Error('the kernel is open');
    },
    describe: kernel => (kernel as unknown as Pointer).facts as [number, number],
    close: () => void team.end(),
    releaseKey: key => void team.call('bk_key_release', [addressOf(key)]),
    keyShape: key => (key as unknown as Pointer).facts as [number, number],
    loadKey: async (kernel, zkey, cancel, listener) => {
      const values = [addressOf(kernel), WORD, ERROR, ...read(zkey)];
      const key = numberOf(await watched(team, 'bk_key_load', values, cancel, listener));
      const wires = numberOf(await team.call('bk_key_wires', [key]));
      return handleOf<KeyHandle>(key, [wires, numberOf(await team.call('bk_key_public', [key]))]);
    },
  };
}

function groth16Functions(team: Team): Pick<NativeAddon, 'prove' | 'setup' | 'verify'> {
  return {
    prove: async (kernel, key, witness, blinding, cancel, listener) => {
      const secret = blinding === undefined ? 0 : pointer(blinding);
      const values = [addressOf(kernel), addressOf(key), out(PROOF_BYTES), ERROR, ...read(witness), secret];
      return bytesOf(await watched(team, 'bk_prove', values, cancel, listener));
    },
    setup: async (kernel, r1cs, secrets, cancel, listener) => {
      const values = [addressOf(kernel), OWNED, ERROR, ...read(r1cs), pointer(secrets)];
      return bytesOf(await watched(team, 'bk_setup', values, cancel, listener));
    },
    verify: async (kernel, key, publics, proofs) => {
      const values = [addressOf(kernel), WORD, ERROR, ...read(key), ...read(publics), ...read(proofs)];
      return numberOf(await team.call('bk_verify', values)) !== 0;
    },
  };
}

function ultraGrothFunctions(
  team: Team,
): Pick<
  NativeAddon,
  | 'ultraSetup'
  | 'ultraLoadKey'
  | 'ultraKeyShape'
  | 'ultraReleaseKey'
  | 'ultraCommit'
  | 'ultraProve'
  | 'ultraVerify'
> {
  return {
    ultraSetup: async (kernel, r1cs, secrets, cancel, listener) => {
      const values = [addressOf(kernel), OWNED, ERROR, ...read(r1cs), pointer(secrets)];
      return bytesOf(await watched(team, 'bk_ultra_setup', values, cancel, listener));
    },
    ultraLoadKey: async (kernel, zkey, cancel, listener) => {
      const values = [addressOf(kernel), WORD, ERROR, ...read(zkey)];
      const key = numberOf(await watched(team, 'bk_ultra_key_load', values, cancel, listener));
      const shape = bytesOf(await team.call('bk_ultra_key_shape', [key, out(16)]));
      return handleOf<UltraKeyHandle>(key, [...new Uint32Array(shape.buffer, 0, 4)]);
    },
    ultraKeyShape: key => (key as unknown as Pointer).facts as [number, number, number, number],
    ultraReleaseKey: key => void team.call('bk_ultra_key_release', [addressOf(key)]),
    ultraCommit: async (kernel, key, roundOne, rho, cancel, listener) => {
      const values = [
        addressOf(kernel),
        addressOf(key),
        out(G1_BYTES),
        ERROR,
        ...read(roundOne),
        pointer(rho),
      ];
      return bytesOf(await watched(team, 'bk_ultra_commit', values, cancel, listener));
    },
    ultraProve: async (kernel, key, witness, blinding, cancel, listener) => {
      const start = [addressOf(kernel), addressOf(key), out(PROOF_BYTES), ERROR];
      const values = [...start, ...read(witness), pointer(blinding)];
      return bytesOf(await watched(team, 'bk_ultra_prove', values, cancel, listener));
    },
    ultraVerify: async (kernel, key, inputs, proofs) => {
      const values = [addressOf(kernel), WORD, ERROR, ...read(key), ...read(inputs), ...read(proofs)];
      return numberOf(await team.call('bk_ultra_verify', values)) !== 0;
    },
  };
}

function parts(local: LocalCall): Pick<NativeAddon, 'fieldMap' | 'msm' | 'multiplyGenerator' | 'transform'> {
  return {
    fieldMap: (_, field, operation, left, right) =>
      bytesOf(
        local('bk_field_map', kernel => [
          kernel,
          out(left.length),
          ERROR,
          field,
          operation,
          pointer(left),
          pointer(right),
          left.length / SCALAR_BYTES,
        ]),
      ),
    msm: (_, group, points, scalars) =>
      bytesOf(
        local('bk_msm', kernel => [
          kernel,
          out(group * G1_BYTES),
          ERROR,
          group,
          pointer(points),
          pointer(scalars),
          scalars.length / SCALAR_BYTES,
        ]),
      ),
    multiplyGenerator: (_, group, scalars) =>
      bytesOf(
        local('bk_multiply_generator', kernel => [
          kernel,
          out((scalars.length / SCALAR_BYTES) * group * G1_BYTES),
          ERROR,
          group,
          pointer(scalars),
          scalars.length / SCALAR_BYTES,
        ]),
      ),
    transform: (_, values) =>
      bytesOf(
        local('bk_transform', kernel => [
          kernel,
          { kind: 'inout', bytes: values },
          ERROR,
          Math.log2(values.length / SCALAR_BYTES),
        ]),
      ),
  };
}
