/**
 * UltraGroth proving keys <-> `.zkey` with our protocol id (docs/ultragroth.md, "Files").
 *
 * The layout is Groth16's (zkey.ts) with three differences: nPublic counts the challenges, after the public wires; delta in
 * the header is that of round 2, and u32 challenges, u32 wires of round 1, delta of round 1 in G1 and in G2 follow it;
 * section 8 (C) has one point a private wire as ever, the first `roundOneCount` of them over the delta of round 1.
 */
import { ByteWriter, bytesToBigint, readSections } from '../../src/bytes/index.ts';
import { BionoirError } from '../../src/errors.ts';
import type { G1Point, G2Point, UltraGrothVerificationKey } from '../../src/kernel/types.ts';
import { isValidG1 } from './curve.ts';
import { decodeG1, encodeG1, encodeG2, G1_BYTES } from './points.ts';
import { checkUltraGrothKey, checkUltraGrothKeyShape } from './ultra-verification-key.ts';
import {
  type GroupChecks,
  type KeyProtocol,
  readProtocolHead,
  readProtocolZkey,
  writeProtocolZkey,
  type Zkey,
  type ZkeyHead,
} from './zkey.ts';

/** The u32 whose little-endian bytes spell "UGN1". */
export const ULTRAGROTH_PROTOCOL = 0x314e4755;

interface Tail {
  readonly challengeCount: number;
  readonly roundOneCount: number;
  /** Of round 1; `delta1` and `delta2` of a {@link Zkey} are those of round 2 in G1 and G2. */
  readonly roundOneDelta1: G1Point;
  readonly roundOneDelta2: G2Point;
}

/** An UltraGroth proving key taken apart; `publicCount` counts the challenges. */
export type UltraGrothZkey = Zkey & Tail;
/** What an UltraGroth verification key is made of. */
export type UltraGrothZkeyHead = ZkeyHead & Tail;

const PROTOCOL: KeyProtocol<Tail> = {
  id: ULTRAGROTH_PROTOCOL,
  name: 'UltraGroth',
  readTail: reader => ({
    challengeCount: reader.u32(),
    roundOneCount: reader.u32(),
    roundOneDelta1: reader.g1('delta of round 1'),
    roundOneDelta2: reader.g2('delta of round 1'),
  }),
};

/** Whether a `.zkey` says in section 1 that it is one of ours for UltraGroth; false for whatever else the bytes are. */
export function isUltraGrothZkey(bytes: Uint8Array): boolean {
  try {
    const protocol = readSections(bytes, {
      magic: 'zkey',
      versionMax: 1,
      what: 'key',
      code: 'MALFORMED_KEY',
    });
    const id = protocol.sections.get(1);
    return id !== undefined && id.length === 4 && bytesToBigint(id) === BigInt(ULTRAGROTH_PROTOCOL);
  } catch {
    return false; // whoever reads it in earnest says what is wrong
  }
}

/** Prints an UltraGroth proving key. */
export function writeUltraGrothZkey(key: UltraGrothZkey): Uint8Array {
  const tail = new ByteWriter();
  tail.u32(key.challengeCount);
  tail.u32(key.roundOneCount);
  tail.put(encodeG1(key.roundOneDelta1));
  tail.put(encodeG2(key.roundOneDelta2));
  return writeProtocolZkey(key, ULTRAGROTH_PROTOCOL, tail.finish());
}

/**
 * Takes an UltraGroth proving key apart, checking all sizes and the header's points. Keys whose deltas are unset are read,
 * for ceremonies begin with them; {@link ultraGrothVerificationKey} refuses them.
 *
 * @throws BionoirError MALFORMED_KEY.
 */
export function readUltraGrothZkey(bytes: Uint8Array): UltraGrothZkey {
  return checked(readProtocolZkey(bytes, PROTOCOL));
}

/**
 * Reads the header and IC of an UltraGroth proving key, whole or cut by `cutZkeyHead`.
 *
 * @throws BionoirError MALFORMED_KEY.
 */
export function readUltraGrothZkeyHead(bytes: Uint8Array): UltraGrothZkeyHead {
  return checked(readProtocolHead(bytes, PROTOCOL));
}

function checked<Key extends UltraGrothZkeyHead>(key: Key): Key {
  const { wireCount, publicCount, challengeCount, roundOneCount } = key;
  if (challengeCount >= 1 && challengeCount <= publicCount && roundOneCount <= wireCount - publicCount - 1) {
    return key;
  }
  throw new BionoirError(
    'MALFORMED_KEY',
    `The header of the proving key (.zkey) contradicts itself: ${challengeCount} challenges and ${roundOneCount} wires of round 1 among ${publicCount} public and ${wireCount} wires.`,
    { details: { challengeCount, roundOneCount } },
  );
}

/**
 * Takes the verification key out of an UltraGroth proving key.
 *
 * @throws BionoirError MALFORMED_KEY; UNSAFE_KEY while a delta is unset, or both are equal.
 */
export function ultraGrothVerificationKey(key: UltraGrothZkeyHead): UltraGrothVerificationKey {
  const verificationKey = assemble(key, 'here');
  checkUltraGrothKey(verificationKey);
  return verificationKey;
}

/**
 * The same from the bytes, for a proving key that a kernel loads: curves and groups are left to it.
 *
 * @throws BionoirError MALFORMED_KEY; UNSAFE_KEY while a delta is unset, or both are equal.
 */
export function ultraGrothVerificationKeyUnchecked(bytes: Uint8Array): UltraGrothVerificationKey {
  const verificationKey = assemble(checked(readProtocolHead(bytes, PROTOCOL, 'byKernel')), 'byKernel');
  checkUltraGrothKeyShape(verificationKey);
  return verificationKey;
}

function assemble(key: UltraGrothZkeyHead, checks: GroupChecks): UltraGrothVerificationKey {
  const ic = Array.from({ length: key.publicCount + 1 }, (_, i) =>
    icPoint(key.ic.subarray(i * G1_BYTES, (i + 1) * G1_BYTES), i, checks),
  );
  return {
    alpha: key.alpha1,
    beta: key.beta2,
    gamma: key.gamma2,
    delta1: key.roundOneDelta2,
    delta2: key.delta2,
    challengeCount: key.challengeCount,
    ic,
  };
}

function icPoint(bytes: Uint8Array, index: number, checks: GroupChecks): G1Point {
  const point = decodeG1(bytes);
  if (point && (checks === 'byKernel' || isValidG1(point))) return point;
  throw new BionoirError(
    'MALFORMED_KEY',
    `Point ${index} of section 3 (IC) of the proving key (.zkey) is not on the curve. Is the file corrupt?`,
    { details: { index } },
  );
}
