/**
 * Claims: from what a person says to the values of the program's parameters, and the check that a claim is true before
 * anything is proved, so that the message can speak in the network's own units.
 */
import { BionoirError } from '../errors.ts';
import { BN254_SCALAR_PRIME, mod } from '../field/index.ts';
import { parseAddress, parseFieldNumber } from './account.ts';
import { commitValues, randomSalt } from './commitments.ts';
import { distanceBits } from './costs.ts';
import type { Application, Claim, Enrolment, Liveness, Proximity } from './types.ts';
import { thresholdInteger, thresholdReal, thresholdScaleBits } from './units.ts';

/** A claim with every value that its application takes, as integers. */
export interface ResolvedClaim {
  readonly address?: bigint;
  readonly nonce?: bigint;
  /** Signed, at the scale of the circuit. */
  readonly threshold?: bigint;
  readonly features?: readonly bigint[];
  readonly featuresSalt?: bigint;
  readonly inputSalt?: bigint;
}

/**
 * Checks that a claim has what its application takes, and makes integers of it. An absent `inputSalt` is drawn here.
 *
 * @throws BionoirError MALFORMED_INPUT naming the part that is missing or malformed; INPUT_SHAPE for another number of
 *   features; INPUT_RANGE for a feature or a threshold that the circuit cannot take
 */
export function resolveClaim(application: Application, claim: Claim): ResolvedClaim {
  refuseUnknown(application, claim);
  const { address, nonce, threshold, inputSalt } = claim;
  return {
    ...(application.bound
      ? {
          address: parseAddress(need(application, 'address', address)),
          nonce: parseFieldNumber('nonce', need(application, 'nonce', nonce), BN254_SCALAR_PRIME - 2n),
        }
      : {}),
    ...(application.kind === 'classification'
      ? {}
      : { threshold: thresholdInteger(application, need(application, 'threshold', threshold)) }),
    ...(application.kind === 'proximity' ? resolveFeatures(application, claim) : {}),
    ...(application.input
      ? { inputSalt: inputSalt === undefined ? randomSalt() : parseFieldNumber('inputSalt', inputSalt) }
      : {}),
  };
}

/** What the parts of a claim are called on the command line. */
const FLAGS: Readonly<Record<keyof Claim, string>> = {
  address: '--address 0x..',
  nonce: '--nonce 0',
  threshold: '--threshold 0.8',
  features: "--features features.json, of 'bionoir enrol'",
  featuresSalt: "--features features.json, of 'bionoir enrol'",
  inputSalt: '--salt 0x..',
};

function need<T>({ kind }: Application, part: keyof Claim, value: T | undefined): T {
  if (value !== undefined) return value;
  throw new BionoirError(
    'MALFORMED_INPUT',
    `The claim has no ${part}; a proof of '${kind}' needs one. Add it to the claim (${FLAGS[part]}).`,
    { details: { kind, part } },
  );
}

/** A part that the program does not take would be lost without a word. */
function refuseUnknown(application: Application, claim: Claim): void {
  const taken: Record<keyof Claim, boolean> = {
    address: application.bound,
    nonce: application.bound,
    threshold: application.kind !== 'classification',
    features: application.kind === 'proximity',
    featuresSalt: application.kind === 'proximity' && application.commitFeatures,
    inputSalt: application.input !== undefined,
  };
  for (const part of Object.keys(taken) as (keyof Claim)[]) {
    if (claim[part] === undefined || taken[part]) continue;
    throw new BionoirError(
      'MALFORMED_INPUT',
      `The claim has a value for ${part}, which this program of '${application.kind}' does not take. Leave it out, or compile the application with it.`,
      { details: { kind: application.kind, part } },
    );
  }
}

function resolveFeatures(
  application: Proximity,
  claim: Claim,
): Pick<ResolvedClaim, 'features' | 'featuresSalt'> {
  const features = need(application, 'features', claim.features).map(value => BigInt(value));
  checkFeatures(application, features);
  if (!application.commitFeatures) return { features };
  const salt = need(application, 'featuresSalt', claim.featuresSalt);
  return { features, featuresSalt: parseFieldNumber('featuresSalt', salt) };
}

function checkFeatures({ featureCount, features: range }: Proximity, features: readonly bigint[]): void {
  if (features.length !== featureCount) {
    throw new BionoirError(
      'INPUT_SHAPE',
      `The claim has ${features.length} features; the network gives ${featureCount}. Enrol with this very network.`,
      { details: { expected: featureCount, actual: features.length } },
    );
  }
  const end = range.low + (1n << BigInt(range.bits));
  const index = features.findIndex(value => value < range.low || value >= end);
  if (index < 0) return;
  throw new BionoirError(
    'INPUT_RANGE',
    `Feature ${index} is ${features[index]}; the network's outputs lie from ${range.low} to ${end - 1n}. Enrol with this very network.`,
    { details: { index, value: features[index], ...range } },
  );
}

/** Values of the program's own parameters by name, decimal. */
export function claimInputs(claim: ResolvedClaim): Record<string, string | string[]> {
  const { address, nonce, threshold, features, featuresSalt, inputSalt } = claim;
  const toField = (value: bigint): string => mod(value, BN254_SCALAR_PRIME).toString();
  return {
    ...(address === undefined ? {} : { address: toField(address) }),
    ...(nonce === undefined ? {} : { nonce: toField(nonce) }),
    ...(threshold === undefined ? {} : { threshold: toField(threshold) }),
    ...(features === undefined ? {} : { features: features.map(toField) }),
    ...(featuresSalt === undefined ? {} : { features_salt: toField(featuresSalt) }),
    ...(inputSalt === undefined ? {} : { input_salt: toField(inputSalt) }),
  };
}

/**
 * Checks a claim against the network's output, row-major.
 *
 * @throws BionoirError FALSE_CLAIM with the values in the network's units
 */
export function assertTrueClaim(
  application: Application,
  claim: ResolvedClaim,
  output: ArrayLike<number | bigint>,
): void {
  const { threshold = 0n, features = [] } = claim;
  if (application.kind === 'liveness') {
    checkScore(application, threshold, BigInt(output[application.scoreIndex] ?? 0));
  } else if (application.kind === 'proximity') {
    checkDistance(application, threshold, distanceOf(application, features, output));
  }
}

function checkScore(application: Liveness, threshold: bigint, score: bigint): void {
  const [realScore, realThreshold] = [score, threshold].map(value => shown(application, value));
  const told = { score, threshold };
  if (score < threshold) {
    throw falseClaim(
      `The score is ${realScore}, below the threshold ${realThreshold}; that it reaches it cannot be proved. Take a better picture, or claim less.`,
      told,
    );
  }
  if (score - threshold < 1n << BigInt(application.excessBits)) return;
  const least = shown(application, application.scoreMin);
  throw falseClaim(
    `The threshold is ${realThreshold}, far below every score of the network; the least is ${least}. Claim at least that.`,
    told,
  );
}

function checkDistance(application: Proximity, threshold: bigint, distance: bigint): void {
  const [realDistance, realThreshold] = [distance, threshold].map(value => shown(application, value));
  const told = { distance, threshold };
  if (distance > threshold) {
    throw falseClaim(
      `The squared distance to the enrolled features is ${realDistance}, above the threshold ${realThreshold}; that it is within cannot be proved. Is it the same person? Else take a better picture.`,
      told,
    );
  }
  const restBits = distanceBits(application);
  if (threshold - distance < 1n << BigInt(restBits)) return;
  throw falseClaim(
    `The threshold is ${realThreshold}, far above every squared distance that the network's outputs can have. Claim at most ${2 ** (restBits - thresholdScaleBits(application))}.`,
    told,
  );
}

/** What a threshold is compared with, in the network's units: the score, or the squared distance. It stays private. */
export function comparedValue(
  application: Liveness | Proximity,
  { features = [] }: ResolvedClaim,
  output: ArrayLike<number | bigint>,
): number {
  if (application.kind === 'liveness') return shown(application, BigInt(output[application.scoreIndex] ?? 0));
  return shown(application, distanceOf(application, features, output));
}

function distanceOf(
  { stepBits }: Proximity,
  features: readonly bigint[],
  output: ArrayLike<number | bigint>,
): bigint {
  const stepped = features.map(feature => feature << BigInt(stepBits));
  return squaredDistance(Array.from(output, BigInt), stepped);
}

const SHOWN_DIGITS = 6;

/** In the network's units, with as many digits as tell people something. */
function shown(application: Liveness | Proximity, integer: bigint): number {
  return Number(thresholdReal(application, integer).toPrecision(SHOWN_DIGITS));
}

function falseClaim(message: string, details: Readonly<Record<string, unknown>>): BionoirError {
  return new BionoirError('FALSE_CLAIM', message, { details });
}

/** The sum of (x[i] - y[i])^2. */
export function squaredDistance(x: readonly bigint[], y: readonly bigint[]): bigint {
  return x.reduce((sum, value, index) => sum + (value - (y[index] ?? 0n)) ** 2n, 0n);
}

/**
 * Makes the enrolment of an output: its features, each rounded to the nearest step, and a commitment to them with a salt
 * that is drawn here unless given.
 *
 * @throws BionoirError INPUT_SHAPE when the output has another size
 */
export function enrolOutput(
  application: Proximity,
  output: ArrayLike<number | bigint>,
  salt: bigint = randomSalt(),
): Enrolment {
  const { scaleBits, stepBits, features: range } = application;
  const top = range.low + (1n << BigInt(range.bits)) - 1n;
  const half = stepBits === 0 ? 0n : 1n << BigInt(stepBits - 1);
  const features = Array.from(output, value => {
    const nearest = (BigInt(value) + half) >> BigInt(stepBits);
    return nearest > top ? top : nearest;
  });
  checkFeatures(application, features);
  return { scaleBits: scaleBits - stepBits, features, salt, commitment: commitValues(features, range, salt) };
}
