/** What JSON of our UltraGroth and of the published one has in common: five points of a key, two of a proof. */
import type { UltraGrothVerificationKey } from '../../src/kernel/types.ts';
import { finiteG1, finiteG2, g1Json, g2Json, type Place } from './json-values.ts';

/** The points of a key but for those of the public inputs. */
export type KeyPoints = Pick<UltraGrothVerificationKey, 'alpha' | 'beta' | 'gamma' | 'delta1' | 'delta2'>;

/** Prints the fields of a key's points. */
export function keyPointsJson(key: KeyPoints): Readonly<Record<string, unknown>> {
  return {
    vk_alpha_1: g1Json(key.alpha),
    vk_beta_2: g2Json(key.beta),
    vk_gamma_2: g2Json(key.gamma),
    vk_delta_c1_2: g2Json(key.delta1),
    vk_delta_c2_2: g2Json(key.delta2),
  };
}

/** Parses the fields of a key's points. @throws BionoirError as `place` says */
export function parseKeyPoints(json: Readonly<Record<string, unknown>>, place: Place): KeyPoints {
  const g2 = (path: string) => finiteG2(json[path], { ...place, path });
  return {
    alpha: finiteG1(json.vk_alpha_1, { ...place, path: 'vk_alpha_1' }),
    beta: g2('vk_beta_2'),
    gamma: g2('vk_gamma_2'),
    delta1: g2('vk_delta_c1_2'),
    delta2: g2('vk_delta_c2_2'),
  };
}
