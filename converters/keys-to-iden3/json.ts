/**
 * Verification keys, proofs and public signals <-> the JSON that snarkjs writes and reads (`verification_key.json`,
 * `proof.json`, `public.json`): decimal strings, projective points with z = 1 (or 0 1 0 for infinity), G2 coordinates as
 * [c0, c1].
 *
 * Parsing is strict: canonical decimals, points on the curve and in the group of order r. `vk_alphabeta_12`, a
 * precomputed pairing that no verifier needs, is neither printed nor trusted.
 */
import { BN254_SCALAR_PRIME as r } from '../../src/field/index.ts';
import type { Groth16Points, Groth16VerificationKey } from '../../src/kernel/types.ts';
import {
  checkProtocol,
  finiteG1,
  finiteG2,
  g1Json,
  g2Json,
  malformed,
  type Place,
  parseDecimal,
  parseG1,
  parseG2,
  parseJson,
  parseObject,
  print,
} from './json-values.ts';

const PROTOCOL = 'groth16';

/** Prints a verification key as `verification_key.json`. */
export function printVerificationKey(key: Groth16VerificationKey): string {
  return print({
    protocol: PROTOCOL,
    curve: 'bn128',
    nPublic: key.ic.length - 1,
    vk_alpha_1: g1Json(key.alpha),
    vk_beta_2: g2Json(key.beta),
    vk_gamma_2: g2Json(key.gamma),
    vk_delta_2: g2Json(key.delta),
    IC: key.ic.map(g1Json),
  });
}

/**
 * Parses `verification_key.json`.
 *
 * @throws BionoirError MALFORMED_KEY.
 */
export function parseVerificationKey(text: string): Groth16VerificationKey {
  const place: Place = { code: 'MALFORMED_KEY', what: 'verification key', path: '' };
  const json = parseObject(text, place);
  checkProtocol(json, PROTOCOL, place, 'required');
  const ic = json.IC;
  if (!Array.isArray(ic) || ic.length === 0 || json.nPublic !== ic.length - 1) {
    throw malformed({ ...place, path: 'IC' }, `is not an array of nPublic + 1 points`);
  }
  return {
    alpha: finiteG1(json.vk_alpha_1, { ...place, path: 'vk_alpha_1' }),
    beta: finiteG2(json.vk_beta_2, { ...place, path: 'vk_beta_2' }),
    gamma: finiteG2(json.vk_gamma_2, { ...place, path: 'vk_gamma_2' }),
    delta: finiteG2(json.vk_delta_2, { ...place, path: 'vk_delta_2' }),
    ic: ic.map((point: unknown, i) => parseG1(point, { ...place, path: `IC[${i}]` })),
  };
}

/** Prints a proof as `proof.json`. */
export function printProof(proof: Groth16Points): string {
  return print({
    pi_a: g1Json(proof.a),
    pi_b: g2Json(proof.b),
    pi_c: g1Json(proof.c),
    protocol: PROTOCOL,
    curve: 'bn128',
  });
}

/**
 * Parses `proof.json`; the curve may be left out, as rapidsnark does.
 *
 * @throws BionoirError MALFORMED_PROOF.
 */
export function parseProof(text: string): Groth16Points {
  const place: Place = { code: 'MALFORMED_PROOF', what: 'proof', path: '' };
  const json = parseObject(text, place);
  checkProtocol(json, PROTOCOL, place, 'optional');
  return {
    a: parseG1(json.pi_a, { ...place, path: 'pi_a' }),
    b: parseG2(json.pi_b, { ...place, path: 'pi_b' }),
    c: parseG1(json.pi_c, { ...place, path: 'pi_c' }),
  };
}

/** Prints public signals as `public.json`. */
export function printPublicSignals(signals: readonly bigint[]): string {
  return print(signals.map(String));
}

/**
 * Parses `public.json`.
 *
 * @throws BionoirError MALFORMED_PROOF.
 */
export function parsePublicSignals(text: string): bigint[] {
  const place: Place = { code: 'MALFORMED_PROOF', what: 'list of public signals', path: '' };
  const json = parseJson(text, place);
  if (!Array.isArray(json)) throw malformed(place, 'is not an array of decimal strings');
  return json.map((value: unknown, i) => parseDecimal(value, r, { ...place, path: `[${i}]` }));
}
