/**
 * Verification of a whole `.ptau`, in pieces, so that it need not fit in memory: every point on its curve and in its group,
 * every power of tau, every Lagrange point, and every contribution's proofs. The checks are those of `snarkjs powersoftau
 * verify`, with 128 random bits a point and the subgroup of G2 checked as well. Done once for a file.
 */
import {
  openPtau,
  PTAU_SECTION,
  type Ptau,
  type PtauContribution,
  parsePtauContributions,
  printForHash,
} from '../../converters/keys-to-iden3/index.ts';
import { arraySource, type ByteSource } from '../bytes/index.ts';
import { BionoirError } from '../errors.ts';
import { randomBytes } from '../kernel/index.ts';
import type {
  CeremonyKernel,
  DerivedKeys,
  GroupName,
  KernelCallOptions,
  PointHash,
} from '../kernel/types.ts';
import { type CeremonyOptions, withCeremony } from './ceremony-kernel.ts';
import {
  combinePair,
  concatenate,
  equalBytes,
  GENERATOR_G1,
  GENERATOR_G2,
  hashOf,
  isInfinity,
  sameRatio,
  scalarBytes,
} from './phase2.ts';

const PIECE = 1 << 16;
const SCALAR_BYTES = 32;
const WEIGHT_BYTES = 16;
const SEED_BYTES = 32;
const POINT_BYTES = { G1: 64, G2: 128 } as const;

/** What a verification says. */
export interface PtauReport {
  readonly isValid: boolean;
  /** The first thing that is wrong. */
  readonly problem?: string;
  readonly power: number;
  readonly isPrepared: boolean;
  /** Names, oldest first. */
  readonly contributors: readonly string[];
}

/**
 * Verifies a `.ptau`. A file without contributions is not valid: whoever made it may know its secrets.
 *
 * @throws BionoirError MALFORMED_PTAU (sizes, a point off its curve or group), ABORTED; MISSING_KERNEL for a kernel without
 *   ceremony functions.
 */
export async function verifyPtau(
  ptau: Uint8Array | ByteSource,
  options: CeremonyOptions = {},
): Promise<PtauReport> {
  const file = await openPtau(ptau instanceof Uint8Array ? arraySource(ptau) : ptau);
  const contributions = parsePtauContributions(file.contributions);
  return withCeremony(options, async kernel => {
    const check: Check = { kernel, file, contributions, options };
    const problem = await namingPtau(() => findProblem(check));
    return {
      isValid: problem === undefined,
      ...(problem === undefined ? {} : { problem }),
      power: file.power,
      isPrepared: file.isPrepared,
      contributors: contributions.map(({ name }) => name ?? ''),
    };
  });
}

/** Gives a bad point, which the kernel knows no file of, the name of the file that was read. */
export async function namingPtau<T>(body: () => Promise<T>): Promise<T> {
  try {
    return await body();
  } catch (error) {
    if (!(error instanceof BionoirError) || error.details.isPoint !== true) throw error;
    const { cause } = error;
    throw new BionoirError(
      'MALFORMED_PTAU',
      `The Powers of Tau file (.ptau) holds a bad point: ${cause instanceof Error ? cause.message : error.message}. Download it again.`,
      { cause },
    );
  }
}

interface Check {
  readonly kernel: CeremonyKernel;
  readonly file: Ptau;
  readonly contributions: readonly PtauContribution[];
  readonly options: KernelCallOptions;
}

/** The state that contributions multiply. */
type State = Pick<PtauContribution, 'tauG1' | 'tauG2' | 'alphaG1' | 'betaG1' | 'betaG2' | 'nextChallenge'>;

async function findProblem(check: Check): Promise<string | undefined> {
  const { contributions, file } = check;
  const last = contributions.at(-1);
  if (!last) return 'nobody has contributed';
  const fromContributions = await findContributionProblem(check);
  if (fromContributions) return fromContributions;
  const challenge = await check.kernel.openHash();
  await challenge.update(await responseHash(check.kernel, last));
  for (const id of [2, 3, 4, 5] as const) {
    const problem = await findPowersProblem(check, SECTIONS[id], last, challenge);
    if (problem) return `section ${id}: ${problem}`;
  }
  const betaG2 = await file.points(PTAU_SECTION.betaG2, 0, 1);
  if (!equalBytes(betaG2, last.betaG2)) return 'section 6: it is not the last contribution’s beta';
  await challenge.points('G2', betaG2);
  const isWhole = file.power === file.ceremonyPower;
  if (isWhole && !equalBytes(await challenge.digest(), last.nextChallenge)) {
    return 'its points are not those that the last contribution was hashed with';
  }
  return file.isPrepared ? findLagrangeProblem(check) : undefined;
}

// ---- Contributions ----

async function findContributionProblem({
  kernel,
  file,
  contributions,
  options,
}: Check): Promise<string | undefined> {
  let state: State = {
    tauG1: GENERATOR_G1,
    tauG2: GENERATOR_G2,
    alphaG1: GENERATOR_G1,
    betaG1: GENERATOR_G1,
    betaG2: GENERATOR_G2,
    nextChallenge: await firstChallenge(kernel, file.ceremonyPower, options),
  };
  for (const [index, contribution] of contributions.entries()) {
    const problem = await findProblemOfOne(kernel, state, contribution, options);
    if (problem) return `contribution ${index + 1}: ${problem}`;
    state = contribution;
  }
  return undefined;
}

/** The hash of a file in which all secrets are 1. */
async function firstChallenge(
  kernel: CeremonyKernel,
  power: number,
  options: KernelCallOptions,
): Promise<Uint8Array> {
  const size = 2 ** power;
  const [g1, g2] = [printForHash(GENERATOR_G1), printForHash(GENERATOR_G2)];
  const hash = await kernel.openHash();
  await hash.update(hashOf([]));
  await hash.repeat(g1, 2 * size - 1, options);
  await hash.repeat(g2, size, options);
  await hash.repeat(g1, 2 * size, options);
  await hash.update(g2);
  return hash.digest();
}

/** The three secrets, with the byte that tells their hashes apart. */
const SECRETS = [
  { name: 'tau', personalization: 0 },
  { name: 'alpha', personalization: 1 },
  { name: 'beta', personalization: 2 },
] as const;

async function findProblemOfOne(
  kernel: CeremonyKernel,
  before: State,
  after: PtauContribution,
  options: KernelCallOptions,
): Promise<string | undefined> {
  const spOf = async (k: 0 | 1 | 2): Promise<Uint8Array> => {
    const { name, personalization } = SECRETS[k];
    const { g1s, g1sx } = after[name];
    const seed = hashOf([
      Uint8Array.of(personalization),
      before.nextChallenge,
      printForHash(g1s),
      printForHash(g1sx),
    ]);
    return kernel.deriveG2(seed.subarray(0, SEED_BYTES));
  };
  const sp = [await spOf(0), await spOf(1), await spOf(2)] as const;
  if (after.kind === 'beacon' && !(await isFromBeacon(kernel, after, sp, options))) {
    return 'its keys are not the beacon’s';
  }
  const { tau, alpha, beta } = after;
  const ratios: readonly (readonly [string, Pair, Pair])[] = [
    ['the proof of tau', [tau.g1s, tau.g1sx], [sp[0], tau.g2spx]],
    ['the proof of alpha', [alpha.g1s, alpha.g1sx], [sp[1], alpha.g2spx]],
    ['the proof of beta', [beta.g1s, beta.g1sx], [sp[2], beta.g2spx]],
    ['tau in G1', [before.tauG1, after.tauG1], [sp[0], tau.g2spx]],
    ['tau in G2', [tau.g1s, tau.g1sx], [before.tauG2, after.tauG2]],
    ['alpha in G1', [before.alphaG1, after.alphaG1], [sp[1], alpha.g2spx]],
    ['beta in G1', [before.betaG1, after.betaG1], [sp[2], beta.g2spx]],
    ['beta in G2', [beta.g1s, beta.g1sx], [before.betaG2, after.betaG2]],
  ];
  for (const [what, g1, g2] of ratios) {
    if (!(await sameRatio(kernel, g1, g2))) return `${what} does not follow`;
  }
  return undefined;
}

type Pair = readonly [Uint8Array, Uint8Array];

async function isFromBeacon(
  kernel: CeremonyKernel,
  { beacon, iterationsExponent, ...after }: PtauContribution,
  sp: readonly Uint8Array[],
  options: KernelCallOptions,
): Promise<boolean> {
  if (beacon === undefined || iterationsExponent === undefined || iterationsExponent > 63) return false;
  const seed = await kernel.hashBeacon(beacon, iterationsExponent, options);
  const keys: DerivedKeys = await kernel.deriveKeys(seed, SECRETS.length);
  for (const [k, { name }] of SECRETS.entries()) {
    const scalar = keys.scalars[k] as Uint8Array;
    const g1s = keys.points[k] as Uint8Array;
    const expected = [
      g1s,
      await kernel.multiply('G1', g1s, scalar),
      await kernel.multiply('G2', sp[k] as Uint8Array, scalar),
    ];
    const { g1s: found, g1sx, g2spx } = after[name];
    if (![found, g1sx, g2spx].every((point, i) => equalBytes(point, expected[i] as Uint8Array))) return false;
  }
  return true;
}

async function responseHash(kernel: CeremonyKernel, contribution: PtauContribution): Promise<Uint8Array> {
  const hash = await kernel.openHash(contribution.hashState);
  await hash.points('G1', contribution.publicKeyG1);
  await hash.points('G2', contribution.publicKeyG2);
  return hash.digest();
}

// ---- Powers ----

interface SectionOfPowers {
  readonly id: number;
  readonly group: GroupName;
  /** Where the last contribution keeps the first points. */
  readonly firsts: readonly ('generator' | 'tauG1' | 'tauG2' | 'alphaG1' | 'betaG1')[];
  readonly lagrange: number;
}

const SECTIONS = {
  2: { id: 2, group: 'G1', firsts: ['generator', 'tauG1'], lagrange: 12 },
  3: { id: 3, group: 'G2', firsts: ['generator', 'tauG2'], lagrange: 13 },
  4: { id: 4, group: 'G1', firsts: ['alphaG1'], lagrange: 14 },
  5: { id: 5, group: 'G1', firsts: ['betaG1'], lagrange: 15 },
} as const satisfies Record<number, SectionOfPowers>;

/** Walks one section: each point tau times the one before. */
async function findPowersProblem(
  { kernel, file, options }: Check,
  { id, group, firsts }: SectionOfPowers,
  last: PtauContribution,
  challenge: PointHash,
): Promise<string | undefined> {
  const generator = group === 'G1' ? GENERATOR_G1 : GENERATOR_G2;
  const head = await file.points(id, 0, firsts.length);
  const expected = concatenate(firsts.map(name => (name === 'generator' ? generator : last[name])));
  if (!equalBytes(head, expected)) return 'its first points are not those of the last contribution';
  const count = file.pointCount(id);
  const sums: [Uint8Array[], Uint8Array[]] = [[], []];
  for (let at = 0; at < count; at += PIECE) {
    const n = Math.min(PIECE, count - at);
    // One point more, so that pairs cross the border of pieces.
    const points = await file.points(id, at, Math.min(n + 1, count - at));
    await challenge.points(group, points.subarray(0, n * POINT_BYTES[group]));
    if (group === 'G2') await kernel.checkSubgroup(points, options);
    const lists = [
      points.subarray(0, points.length - POINT_BYTES[group]),
      points.subarray(POINT_BYTES[group]),
    ] as const;
    const [here, next] = await combinePair(kernel, group, lists, options);
    sums[0].push(here);
    sums[1].push(next);
    options.onProgress?.(`powers of section ${id}`, (at + n) / count);
  }
  const [here, next] = [await add(kernel, group, sums[0]), await add(kernel, group, sums[1])];
  const follows =
    group === 'G1'
      ? await sameRatio(kernel, [here, next], [GENERATOR_G2, last.tauG2])
      : await sameRatio(kernel, [GENERATOR_G1, last.tauG1], [here, next]);
  return follows ? undefined : 'its points are not the powers of tau';
}

function add(kernel: CeremonyKernel, group: GroupName, points: readonly Uint8Array[]): Promise<Uint8Array> {
  return kernel.combine(group, concatenate(points), concatenate(points.map(() => scalarBytes(1n))));
}

// ---- Lagrange points ----

/** Holds each size's Lagrange points against the powers: a random combination in both bases. */
async function findLagrangeProblem(check: Check): Promise<string | undefined> {
  const { file } = check;
  for (const section of Object.values(SECTIONS)) {
    const powers =
      file.pointCount(section.lagrange) === 4 * 2 ** file.power - 1 ? file.power + 1 : file.power;
    for (let power = 0; power <= powers; power++) {
      if (!(await agree(check, section, power))) {
        return `section ${section.lagrange}: its points for domains of 2^${power} are not the Lagrange points`;
      }
      check.options.onProgress?.(
        `Lagrange points of section ${section.lagrange}`,
        (power + 1) / (powers + 1),
      );
    }
  }
  return undefined;
}

async function agree(check: Check, section: SectionOfPowers, power: number): Promise<boolean> {
  const { kernel, file } = check;
  const n = 2 ** power;
  const weights = randomBytes(n * WEIGHT_BYTES);
  const inLagrange = await combineSection(check, section.group, {
    section: section.lagrange,
    first: n - 1,
    weights,
    width: WEIGHT_BYTES,
  });
  const dual = new Uint8Array(n * SCALAR_BYTES);
  for (let i = 0; i < n; i++) {
    dual.set(weights.subarray(i * WEIGHT_BYTES, (i + 1) * WEIGHT_BYTES), i * SCALAR_BYTES);
  }
  await kernel.lagrangeDual(dual);
  // For twice the file's size the last power is missing, and taken as 0 when the file is prepared.
  const used = Math.min(n, file.pointCount(section.id));
  const inPowers = await combineSection(check, section.group, {
    section: section.id,
    first: 0,
    weights: dual.subarray(0, used * SCALAR_BYTES),
    width: SCALAR_BYTES,
  });
  return equalBytes(inLagrange, inPowers) && (n > 1 || !isInfinity(inPowers));
}

async function combineSection(
  { kernel, file, options }: Check,
  group: GroupName,
  part: {
    readonly section: number;
    readonly first: number;
    readonly weights: Uint8Array;
    readonly width: number;
  },
): Promise<Uint8Array> {
  const count = part.weights.length / part.width;
  const sums: Uint8Array[] = [];
  for (let at = 0; at < count; at += PIECE) {
    const n = Math.min(PIECE, count - at);
    const points = await file.points(part.section, part.first + at, n);
    if (group === 'G2' && part.section === SECTIONS[3].lagrange) await kernel.checkSubgroup(points, options);
    const weights = part.weights.subarray(at * part.width, (at + n) * part.width);
    sums.push(await kernel.combine(group, points, weights, options));
  }
  return add(kernel, group, sums);
}
