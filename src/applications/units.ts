/**
 * Thresholds between people and circuits. A real number t stands for t * 2^scaleBits, rounded to the stricter side, so
 * that a proof never shows less than what was asked for: up for scores, down for distances. For a network whose last
 * sigmoid was left out t is the sigmoid's value, and log(t / (1 - t)) stands in its place.
 */
import { BionoirError } from '../errors.ts';
import type { Liveness, Proximity } from './types.ts';

/**
 * The integer that a threshold stands for in the circuit.
 *
 * @throws BionoirError MALFORMED_INPUT unless it is finite, and between 0 and 1 where it is a sigmoid's value
 */
export function thresholdInteger(application: Liveness | Proximity, threshold: number | bigint): bigint {
  if (typeof threshold === 'bigint') return threshold;
  const scaled = toLinear(application, threshold) * 2 ** thresholdScaleBits(application);
  if (!Number.isFinite(scaled)) throw malformed(application, threshold);
  return BigInt(application.kind === 'liveness' ? Math.ceil(scaled) : Math.floor(scaled));
}

/** The real number that an integer stands for at the scale of the threshold. */
export function thresholdReal(application: Liveness | Proximity, integer: bigint): number {
  const real = Number(integer) * 2 ** -thresholdScaleBits(application);
  return isLogit(application) ? 1 / (1 + Math.exp(-real)) : real;
}

/** Thresholds are in units of 2^-n; n is returned. */
export function thresholdScaleBits(application: Liveness | Proximity): number {
  return application.kind === 'liveness' ? application.scaleBits : 2 * application.scaleBits;
}

function toLinear(application: Liveness | Proximity, threshold: number): number {
  return isLogit(application) ? Math.log(threshold / (1 - threshold)) : threshold;
}

function isLogit(application: Liveness | Proximity): boolean {
  return application.kind === 'liveness' && application.isLogit;
}

function malformed(application: Liveness | Proximity, threshold: number): BionoirError {
  const expected = isLogit(application)
    ? 'a number between 0 and 1, as the sigmoid at the end of the network gives it'
    : "a finite number in the units of the network's output";
  return new BionoirError('MALFORMED_INPUT', `The threshold is ${threshold}; it must be ${expected}.`, {
    details: { threshold },
  });
}
