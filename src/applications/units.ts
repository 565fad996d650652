/**
 * Thresholds between people and circuits. A real number t stands for t * 2^scaleBits, rounded to the stricter side, so
 * that a proof never shows less than what was asked for: up for scores, down for distances.
 */
import { BionoirError } from '../errors.ts';
import type { Liveness, Proximity } from './types.ts';

/** The integer that a threshold stands for in the circuit. @throws BionoirError MALFORMED_INPUT unless it is finite. */
export function thresholdInteger(application: Liveness | Proximity, threshold: number | bigint): bigint {
  if (typeof threshold === 'bigint') return threshold;
  const scaled = threshold * 2 ** thresholdScaleBits(application);
  if (!Number.isFinite(scaled)) {
    throw new BionoirError(
      'MALFORMED_INPUT',
      `The threshold is ${threshold}; it must be a finite number in the units of the network's output.`,
      { details: { threshold } },
    );
  }
  return BigInt(application.kind === 'liveness' ? Math.ceil(scaled) : Math.floor(scaled));
}

/** The real number that an integer stands for at the scale of the threshold. */
export function thresholdReal(application: Liveness | Proximity, integer: bigint): number {
  return Number(integer) * 2 ** -thresholdScaleBits(application);
}

/** Thresholds are in units of 2^-n; n is returned. */
export function thresholdScaleBits(application: Liveness | Proximity): number {
  return application.kind === 'liveness' ? application.scaleBits : 2 * application.scaleBits;
}
