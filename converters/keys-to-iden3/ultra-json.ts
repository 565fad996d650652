/**
 * UltraGroth verification keys and proofs <-> JSON in the style of snarkjs (json-values.ts), under a protocol name of our
 * own: challenges bind other things here than in the published "ultragroth" (ultra-legacy.ts), so files must not mix.
 */
import type { UltraGrothPoints, UltraGrothVerificationKey } from '../../src/kernel/types.ts';
import {
  checkProtocol,
  finiteG1,
  finiteG2,
  g1Json,
  g2Json,
  malformed,
  type Place,
  parseG1,
  parseObject,
  print,
} from './json-values.ts';
import { keyPointsJson, parseKeyPoints } from './ultra-key-points.ts';

/** The `protocol` of our files. */
export const ULTRAGROTH_JSON_PROTOCOL = 'bionoir-ultragroth';

/** Whether JSON names our UltraGroth as its protocol; false for whatever else the text is. */
export function isUltraGrothJson(text: string): boolean {
  try {
    return (JSON.parse(text) as { protocol?: unknown } | null)?.protocol === ULTRAGROTH_JSON_PROTOCOL;
  } catch {
    return false; // whoever parses it in earnest says what is wrong
  }
}

/** Prints a verification key; `nPublic` does not count the challenges, whose points are apart. */
export function printUltraGrothKey(key: UltraGrothVerificationKey): string {
  const publicEnd = key.ic.length - key.challengeCount;
  return print({
    protocol: ULTRAGROTH_JSON_PROTOCOL,
    curve: 'bn128',
    nPublic: publicEnd - 1,
    nChallenges: key.challengeCount,
    ...keyPointsJson(key),
    IC: key.ic.slice(0, publicEnd).map(g1Json),
    IC_challenges: key.ic.slice(publicEnd).map(g1Json),
  });
}

/**
 * Parses a verification key.
 *
 * @throws BionoirError MALFORMED_KEY.
 */
export function parseUltraGrothKey(text: string): UltraGrothVerificationKey {
  const place: Place = { code: 'MALFORMED_KEY', what: 'UltraGroth verification key', path: '' };
  const json = parseObject(text, place);
  checkProtocol(json, ULTRAGROTH_JSON_PROTOCOL, place, 'required');
  const points = parseKeyPoints(json, place);
  const publics = pointList(json, 'IC', countOf(json.nPublic) + 1, place);
  const challenges = pointList(json, 'IC_challenges', countOf(json.nChallenges), place);
  return {
    ...points,
    challengeCount: challenges.length,
    ic: [...publics, ...challenges],
  };
}

/** NaN, which no length equals, for anything but a number. */
function countOf(value: unknown): number {
  return typeof value === 'number' ? value : Number.NaN;
}

function pointList(json: Record<string, unknown>, path: string, count: number, place: Place) {
  const list = json[path];
  if (!Array.isArray(list) || list.length === 0 || list.length !== count) {
    throw malformed(
      { ...place, path },
      path === 'IC' ? 'is not an array of nPublic + 1 points' : 'is not an array of nChallenges points',
    );
  }
  return list.map((point: unknown, i) => parseG1(point, { ...place, path: `${path}[${i}]` }));
}

/** Prints a proof. */
export function printUltraGrothProof(proof: UltraGrothPoints): string {
  return print({
    pi_a: g1Json(proof.a),
    pi_b: g2Json(proof.b),
    pi_c1: g1Json(proof.c1),
    pi_c2: g1Json(proof.c2),
    protocol: ULTRAGROTH_JSON_PROTOCOL,
    curve: 'bn128',
  });
}

/**
 * Parses a proof. No point may be infinite: an honest one never is.
 *
 * @throws BionoirError MALFORMED_PROOF.
 */
export function parseUltraGrothProof(text: string): UltraGrothPoints {
  const place: Place = { code: 'MALFORMED_PROOF', what: 'UltraGroth proof', path: '' };
  const json = parseObject(text, place);
  checkProtocol(json, ULTRAGROTH_JSON_PROTOCOL, place, 'required');
  const g1 = (path: string) => finiteG1(json[path], { ...place, path });
  return {
    a: g1('pi_a'),
    b: finiteG2(json.pi_b, { ...place, path: 'pi_b' }),
    c1: g1('pi_c1'),
    c2: g1('pi_c2'),
  };
}
