/** What ceremonies are made of, over WebAssembly; see addon.ts. */
import type { CeremonyAddon } from '../native-addon.ts';
import type { Argument } from './instance.ts';
import type { Team } from './team.ts';
import {
  addressOf,
  bytesOf,
  ERROR,
  G1_BYTES,
  G2_BYTES,
  numberOf,
  OWNED,
  out,
  pointer,
  read,
  SCALAR_BYTES,
  WORD,
  watched,
} from './values.ts';

const HASH_BYTES = 216;
const DIGEST_BYTES = 64;
const BEACON_BYTES = 32;

/** The ceremony functions of a team's kernel. */
export function ceremonyFunctions(team: Team): CeremonyAddon {
  return { ...pointFunctions(team), ...hashFunctions(team), ...keyFunctions(team) };
}

function inout(bytes: Uint8Array): Argument {
  return { kind: 'inout', bytes };
}

function pointFunctions(
  team: Team,
): Pick<CeremonyAddon, 'pointsScale' | 'pointMultiply' | 'pointsCombine' | 'checkSubgroup' | 'pairingCheck'> {
  return {
    pointsScale: async (kernel, target, points, scalar, cancel, listener) => {
      const start = [addressOf(kernel), out(target.length), ERROR, pointer(points)];
      const values = [...start, points.length / G1_BYTES, pointer(scalar)];
      target.set(bytesOf(await watched(team, 'bk_points_scale', values, cancel, listener)));
    },
    pointMultiply: async (kernel, group, point, scalar) => {
      const values = [
        addressOf(kernel),
        out(group * G1_BYTES),
        ERROR,
        group,
        pointer(point),
        pointer(scalar),
      ];
      return bytesOf(await team.call('bk_point_multiply', values));
    },
    pointsCombine: async (kernel, group, points, scalars, scalarBytes, cancel, listener) => {
      const start = [addressOf(kernel), out(group * G1_BYTES), ERROR, group, pointer(points)];
      const values = [...start, pointer(scalars), scalarBytes, points.length / (group * G1_BYTES)];
      return bytesOf(await watched(team, 'bk_points_combine', values, cancel, listener));
    },
    checkSubgroup: async (kernel, points, seed, cancel, listener) => {
      const values = [addressOf(kernel), ERROR, pointer(points), points.length / G2_BYTES, pointer(seed)];
      await watched(team, 'bk_points_check_subgroup', values, cancel, listener);
    },
    pairingCheck: async (kernel, g1, g2) => {
      const values = [addressOf(kernel), WORD, ERROR, pointer(g1), pointer(g2), g1.length / G1_BYTES];
      return numberOf(await team.call('bk_pairing_check', values)) !== 0;
    },
  };
}

function hashFunctions(
  team: Team,
): Pick<CeremonyAddon, 'hashOpen' | 'hashRepeat' | 'hashPoints' | 'hashClose' | 'hashBeacon'> {
  return {
    hashOpen: async () => bytesOf(await team.call('bk_hash_open', [out(HASH_BYTES)])),
    hashRepeat: async (_, state, bytes, times, cancel, listener) => {
      const values = [inout(state), ERROR, ...read(bytes), BigInt(times)];
      state.set(bytesOf(await watched(team, 'bk_hash_repeat', values, cancel, listener)));
    },
    hashPoints: async (kernel, state, group, points) => {
      const count = points.length / (group * G1_BYTES);
      const values = [addressOf(kernel), inout(state), ERROR, group, pointer(points), count];
      state.set(bytesOf(await team.call('bk_hash_points', values)));
    },
    hashClose: async state => {
      const results = await team.call('bk_hash_close', [inout(state), ERROR, out(DIGEST_BYTES)]);
      return bytesOf(results.slice(1));
    },
    hashBeacon: async (_, beacon, exponent, cancel, listener) => {
      const values = [out(BEACON_BYTES), ERROR, ...read(beacon), exponent];
      return bytesOf(await watched(team, 'bk_hash_beacon', values, cancel, listener));
    },
  };
}

function keyFunctions(
  team: Team,
): Pick<CeremonyAddon, 'deriveG2' | 'deriveKeys' | 'lagrangeDual' | 'lagrangeOdd' | 'setupPowers'> {
  const changeBasis = async (name: string, kernel: object, scalars: Uint8Array): Promise<void> => {
    const power = Math.log2(scalars.length / SCALAR_BYTES);
    scalars.set(bytesOf(await team.call(name, [addressOf(kernel), inout(scalars), ERROR, power])));
  };
  return {
    deriveG2: async (kernel, seed) =>
      bytesOf(await team.call('bk_derive_g2', [addressOf(kernel), out(G2_BYTES), ERROR, pointer(seed)])),
    deriveKeys: async (kernel, seed, count) => {
      const start = [addressOf(kernel), out(count * SCALAR_BYTES), out(count * G1_BYTES), ERROR];
      const results = await team.call('bk_derive_keys', [...start, pointer(seed), count]);
      const bytes = new Uint8Array(count * (SCALAR_BYTES + G1_BYTES));
      bytes.set(bytesOf(results));
      bytes.set(bytesOf(results.slice(1)), count * SCALAR_BYTES);
      return bytes;
    },
    lagrangeDual: (kernel, scalars) => changeBasis('bk_lagrange_dual', kernel, scalars),
    lagrangeOdd: (kernel, scalars) => changeBasis('bk_lagrange_odd', kernel, scalars),
    setupPowers: async (kernel, r1cs, power, parts, cancel, listener) => {
      const powers: Argument = { kind: 'record', fields: [power, ...parts.map(pointer)] };
      const values = [addressOf(kernel), OWNED, ERROR, ...read(r1cs), powers];
      return bytesOf(await watched(team, 'bk_setup_powers', values, cancel, listener));
    },
  };
}
