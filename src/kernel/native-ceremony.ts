/** What ceremonies need, by an engine that has it (the compiled addon, WebAssembly). */
import { BionoirError } from '../errors.ts';
import type { CeremonyKernel, GroupName, PointHash, PreparedPowers } from './ceremony-types.ts';
import { type CeremonyAddon, GROUP } from './native-addon.ts';
import { type Context, call } from './native-call.ts';
import { randomBytes } from './random.ts';
import type { KernelCallOptions } from './types.ts';

const POINT_BYTES = { G1: 64, G2: 128 } as const;
const NUMBER = { G1: GROUP.g1, G2: GROUP.g2 } as const;
const SEED_BYTES = 32;
const SCALAR_BYTES = 32;

/** The ceremony functions of an open engine. */
export function nativeCeremony(context: Context, addon: CeremonyAddon): CeremonyKernel {
  const { handle } = context;
  return {
    scale: async (points, scalar, options = {}) => {
      const out = new Uint8Array(points.length);
      await call(context, 'multiplying points', options, (cancel, listener) =>
        addon.pointsScale(handle, out, points, scalar, cancel, listener),
      );
      return out;
    },
    multiply: (group, point, scalar) =>
      call(context, 'multiplying a point', {}, async () =>
        addon.pointMultiply(handle, NUMBER[group], point, scalar),
      ),
    combine: async (group, points, scalars, options = {}) => {
      const scalarBytes = scalarWidth(group, points, scalars);
      return call(context, 'combining points', options, (cancel, listener) =>
        addon.pointsCombine(handle, NUMBER[group], points, scalars, scalarBytes, cancel, listener),
      );
    },
    checkSubgroup: (points, options = {}) =>
      call(context, 'checking points', options, (cancel, listener) =>
        addon.checkSubgroup(handle, points, randomBytes(SEED_BYTES), cancel, listener),
      ),
    pairingIsOne: (g1, g2) => call(context, 'pairing', {}, () => addon.pairingCheck(handle, g1, g2)),
    openHash: async state => openHash(context, addon, state?.slice() ?? (await addon.hashOpen())),
    hashBeacon: (beacon, exponent, options = {}) =>
      call(context, 'hashing the beacon', options, (cancel, listener) =>
        addon.hashBeacon(handle, beacon, exponent, cancel, listener),
      ),
    deriveG2: seed => call(context, 'deriving a point', {}, async () => addon.deriveG2(handle, seed)),
    deriveKeys: async (seed, count) => {
      const bytes = await call(context, 'deriving keys', {}, async () =>
        addon.deriveKeys(handle, seed, count),
      );
      const points = bytes.subarray(count * SCALAR_BYTES);
      return { scalars: cut(bytes, SCALAR_BYTES, count), points: cut(points, POINT_BYTES.G1, count) };
    },
    lagrangeDual: scalars => call(context, 'changing basis', {}, () => addon.lagrangeDual(handle, scalars)),
    lagrangeOdd: scalars => call(context, 'changing basis', {}, () => addon.lagrangeOdd(handle, scalars)),
    setupFromPowers: (r1cs, powers, options = {}) =>
      call(context, 'making the proving key', options, (cancel, listener) =>
        addon.setupPowers(handle, r1cs, powers.power, partsOf(powers), cancel, listener),
      ),
  };
}

function cut(bytes: Uint8Array, size: number, count: number): Uint8Array[] {
  return Array.from({ length: count }, (_, i) => bytes.subarray(i * size, (i + 1) * size));
}

function scalarWidth(group: GroupName, points: Uint8Array, scalars: Uint8Array): number {
  const count = points.length / POINT_BYTES[group];
  const width = count === 0 ? SCALAR_BYTES : scalars.length / count;
  if (width === SCALAR_BYTES || width === SCALAR_BYTES / 2) return width;
  throw new BionoirError(
    'KERNEL_FAILED',
    `${count} points came with ${scalars.length} bytes of scalars; 16 or 32 for each are expected. Cut both alike.`,
    { details: { count, bytes: scalars.length } },
  );
}

function openHash(context: Context, addon: CeremonyAddon, state: Uint8Array): PointHash {
  const repeat = (bytes: Uint8Array, times: number, options: KernelCallOptions = {}): Promise<void> =>
    call(context, 'hashing', options, (cancel, listener) =>
      addon.hashRepeat(context.handle, state, bytes, times, cancel, listener),
    );
  return {
    update: bytes => repeat(bytes, 1),
    repeat,
    points: (group, points) =>
      call(context, 'hashing', {}, () => addon.hashPoints(context.handle, state, NUMBER[group], points)),
    digest: () => call(context, 'hashing', {}, async () => addon.hashClose(state)),
  };
}

function partsOf(powers: PreparedPowers): readonly Uint8Array[] {
  return [
    powers.lagrangeTauG1,
    powers.lagrangeTauG2,
    powers.lagrangeAlphaG1,
    powers.lagrangeBetaG1,
    powers.lagrangeDouble,
    powers.tauG1,
    powers.alphaG1,
    powers.betaG1,
    powers.betaG2,
  ];
}
