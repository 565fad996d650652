/**
 * Slopes of leaky ReLUs as fractions with a binary denominator.
 */

/** A slope of numerator / 2^slopeBits. */
export interface SlopeFraction {
  readonly numerator: number;
  readonly slopeBits: number;
}

/** Longest denominator: each bit widens the activations behind by one. */
const SLOPE_BITS_MAX = 10;
const ABSOLUTE_TOLERANCE = 2 ** -9;
const RELATIVE_TOLERANCE = 2 ** -5;

/**
 * Finds the shortest fraction near a slope: exact for powers of two down to 2^-10, else within 2^-9 and a thirty-second
 * of the slope where ten bits reach that far.
 */
export function slopeFraction(slope: number): SlopeFraction {
  const tolerance = Math.min(ABSOLUTE_TOLERANCE, Math.abs(slope) * RELATIVE_TOLERANCE);
  for (let slopeBits = 0; slopeBits < SLOPE_BITS_MAX; slopeBits++) {
    const numerator = Math.round(slope * 2 ** slopeBits);
    if (Math.abs(numerator / 2 ** slopeBits - slope) <= tolerance) return { numerator, slopeBits };
  }
  return { numerator: Math.round(slope * 2 ** SLOPE_BITS_MAX), slopeBits: SLOPE_BITS_MAX };
}
