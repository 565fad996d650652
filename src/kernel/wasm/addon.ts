/**
 * The functions of bionoir_kernel.h over WebAssembly, in the shape of the compiled addon. One entry a function: its C
 * arguments in order. All run in the workers.
 */
import { BionoirError } from '../../errors.ts';
import {
  ABI_VERSION,
  type CeremonyAddon,
  type KernelHandle,
  type KeyHandle,
  type NativeAddon,
  type UltraKeyHandle,
  type WitnessAddon,
} from '../native-addon.ts';
import { ceremonyFunctions } from './addon-ceremony.ts';
import { witnessFunctions } from './addon-witness.ts';
import type { Team } from './team.ts';
import {
  addressOf,
  bytesOf,
  ERROR,
  G1_BYTES,
  handleOf,
  numberOf,
  OWNED,
  out,
  type Pointer,
  pointer,
  read,
  SCALAR_BYTES,
  WORD,
  watched,
} from './values.ts';

const PROOF_BYTES = 256;

/** Opens the kernel of a team's workers. @throws StatusError; BionoirError MISSING_KERNEL for a module of another version. */
export async function openAddon(
  team: Team,
  path: number,
): Promise<{ readonly addon: NativeAddon & CeremonyAddon & WitnessAddon; readonly handle: KernelHandle }> {
  const version = numberOf(await team.call('bk_abi_version', []));
  if (version !== ABI_VERSION) {
    throw new BionoirError(
      'MISSING_KERNEL',
      `The WebAssembly kernel has interface version ${version}; version ${ABI_VERSION} is needed. Run "npm run build:wasm".`,
      { details: { version, expected: ABI_VERSION } },
    );
  }
  const opened = numberOf(await team.call('bk_open', [WORD, ERROR, path, team.threads]));
  const used = numberOf(await team.call('bk_kernel_path', [opened]));
  const threads = numberOf(await team.call('bk_kernel_threads', [opened]));
  const handle = handleOf<KernelHandle>(opened, [used, threads]);
  const addon = {
    ...openingFunctions(team),
    ...groth16Functions(team),
    ...ultraGrothFunctions(team),
    ...ceremonyFunctions(team),
    ...witnessFunctions(team),
    ...parts(team),
  };
  return { addon, handle };
}

function openingFunctions(
  team: Team,
): Pick<NativeAddon, 'abiVersion' | 'open' | 'describe' | 'close' | 'releaseKey' | 'keyShape' | 'loadKey'> {
  return {
    abiVersion: () => ABI_VERSION, // openAddon has checked it
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

function parts(team: Team): Pick<NativeAddon, 'fieldMap' | 'msm' | 'multiplyGenerator' | 'transform'> {
  return {
    fieldMap: async (kernel, field, operation, left, right) => {
      const start = [addressOf(kernel), out(left.length), ERROR, field, operation];
      const values = [...start, pointer(left), pointer(right), left.length / SCALAR_BYTES];
      return bytesOf(await team.call('bk_field_map', values));
    },
    msm: async (kernel, group, points, scalars) => {
      const start = [addressOf(kernel), out(group * G1_BYTES), ERROR, group];
      const values = [...start, pointer(points), pointer(scalars), scalars.length / SCALAR_BYTES];
      return bytesOf(await team.call('bk_msm', values));
    },
    multiplyGenerator: async (kernel, group, scalars) => {
      const count = scalars.length / SCALAR_BYTES;
      const values = [
        addressOf(kernel),
        out(count * group * G1_BYTES),
        ERROR,
        group,
        pointer(scalars),
        count,
      ];
      return bytesOf(await team.call('bk_multiply_generator', values));
    },
    transform: async (kernel, bytes) => {
      const power = Math.log2(bytes.length / SCALAR_BYTES);
      return bytesOf(
        await team.call('bk_transform', [addressOf(kernel), { kind: 'inout', bytes }, ERROR, power]),
      );
    },
  };
}
