/** The check of an UltraGroth ceremony, from circuit and `.ptau`: see ceremony.ts for what it checks against. */
import {
  encodeG1,
  encodeG2,
  equalG2,
  parseUltraGrothContributions,
  readUltraGrothZkey,
  type UltraGrothContribution,
  type UltraGrothContributions,
  type UltraGrothZkey,
} from '../../converters/keys-to-iden3/index.ts';
import type { ByteSource } from '../bytes/index.ts';
import {
  concatenate,
  equalBytes,
  followsKnowledge,
  GENERATOR_G1,
  GENERATOR_G2,
  isDividedBy,
  isKnowledgeProven,
  sameRatio,
} from '../groth16/index.ts';
import type { CeremonyKernel, Kernel, KernelCallOptions } from '../kernel/types.ts';
import {
  beaconSecrets,
  initialKey,
  printDelta,
  requireCeremony,
  splitC,
  transcriptBefore,
} from './ceremony.ts';

export interface VerifyCeremonyOptions extends KernelCallOptions {
  /** Told what is wrong, when something is. */
  readonly onProblem?: (problem: string) => void;
}

/**
 * True iff the key was made from this circuit and this `.ptau` by the contributions it lists, at least one, and its deltas
 * are set and differ.
 *
 * @throws BionoirError UNDER_CONSTRAINED, MALFORMED_KEY, MALFORMED_R1CS, MALFORMED_PTAU, PTAU_TOO_SMALL, MISSING_KERNEL.
 */
export async function verifyCeremony(
  kernel: Kernel,
  files: { readonly r1cs: Uint8Array; readonly ptau: Uint8Array | ByteSource; readonly zkey: Uint8Array },
  options: VerifyCeremonyOptions = {},
): Promise<boolean> {
  const ceremony = requireCeremony(kernel);
  const key = readUltraGrothZkey(files.zkey);
  const initial = await initialKey(kernel, files.r1cs, files.ptau, options);
  const problem = await findProblem(ceremony, key, initial, options);
  if (problem !== undefined) options.onProblem?.(problem);
  return problem === undefined;
}

async function findProblem(
  ceremony: CeremonyKernel,
  key: UltraGrothZkey,
  initial: UltraGrothZkey,
  options: KernelCallOptions,
): Promise<string | undefined> {
  const contributions = parseUltraGrothContributions(key.contributions);
  return (
    findDifference(key, initial, contributions) ??
    (await findFalseContribution(ceremony, contributions, options)) ??
    (await findWrongDelta(ceremony, key, contributions)) ??
    (await findWrongPoints(ceremony, key, initial, options))
  );
}

/** What contributions leave as it is. */
function findDifference(
  key: UltraGrothZkey,
  initial: UltraGrothZkey,
  contributions: UltraGrothContributions,
): string | undefined {
  const counts = ['wireCount', 'publicCount', 'domainSize', 'challengeCount', 'roundOneCount'] as const;
  const count = counts.find(name => key[name] !== initial[name]);
  if (count) return `the header's ${count} is ${key[count]}; the circuit's is ${initial[count]}`;
  const fixed = (of: UltraGrothZkey): readonly Uint8Array[] => [
    ...[of.alpha1, of.beta1].map(encodeG1),
    ...[of.beta2, of.gamma2].map(encodeG2),
  ];
  if (!equalBytes(concatenate(fixed(key)), concatenate(fixed(initial))))
    return 'alpha, beta or gamma are not those of the Powers of Tau file';
  const section = (['ic', 'coefficients', 'a', 'b1', 'b2'] as const).find(
    name => !equalBytes(key[name], initial[name]),
  );
  if (section) return `section ${section} is not the circuit's`;
  const { circuitHash } = parseUltraGrothContributions(initial.contributions);
  if (!equalBytes(contributions.circuitHash, circuitHash)) return "the circuit hash is not the circuit's";
  return contributions.list.length === 0 ? 'nobody has contributed' : undefined;
}

async function findFalseContribution(
  ceremony: CeremonyKernel,
  { circuitHash, list }: UltraGrothContributions,
  options: KernelCallOptions,
): Promise<string | undefined> {
  let deltas = [GENERATOR_G1, GENERATOR_G1];
  for (const [index, contribution] of list.entries()) {
    const before = transcriptBefore({ circuitHash, list: list.slice(0, index) });
    for (const [round, delta] of contribution.deltas.entries()) {
      const transcript = round === 0 ? before : [...before, ...printDelta(contribution.deltas[0])];
      const isTrue =
        (await isKnowledgeProven(ceremony, transcript, delta)) &&
        (await followsKnowledge(ceremony, delta, deltas[round] as Uint8Array, delta.deltaAfter));
      if (!isTrue) return `contribution ${index} does not prove what it did to delta ${round + 1}`;
    }
    if (!(await isBeaconTrue(ceremony, contribution, options)))
      return `contribution ${index} is not what its beacon gives`;
    deltas = contribution.deltas.map(({ deltaAfter }) => deltaAfter);
  }
  return undefined;
}

async function isBeaconTrue(
  ceremony: CeremonyKernel,
  { kind, beacon, iterationsExponent, deltas }: UltraGrothContribution,
  options: KernelCallOptions,
): Promise<boolean> {
  if (kind === 'person') return true;
  if (beacon === undefined || iterationsExponent === undefined) return false;
  if (iterationsExponent < 10 || iterationsExponent > 63) return false;
  const secrets = await beaconSecrets(ceremony, beacon, iterationsExponent, options);
  for (const [round, { g1s, scalar }] of secrets.entries()) {
    const delta = deltas[round];
    const g1sx = await ceremony.multiply('G1', g1s, scalar);
    if (!delta || !equalBytes(delta.g1s, g1s) || !equalBytes(delta.g1sx, g1sx)) return false;
  }
  return true;
}

async function findWrongDelta(
  ceremony: CeremonyKernel,
  key: UltraGrothZkey,
  { list }: UltraGrothContributions,
): Promise<string | undefined> {
  const last = list.at(-1)?.deltas;
  const header = [
    [key.roundOneDelta1, key.roundOneDelta2],
    [key.delta1, key.delta2],
  ] as const;
  for (const [round, [g1, g2]] of header.entries()) {
    const delta = encodeG1(g1);
    const isLast = last?.[round] !== undefined && equalBytes(last[round].deltaAfter, delta);
    const isSame = await sameRatio(ceremony, [GENERATOR_G1, delta], [GENERATOR_G2, encodeG2(g2)]);
    if (!isLast || !isSame) return `delta ${round + 1} is not what the contributions give`;
    if (equalG2(g2, key.gamma2)) return `delta ${round + 1} is unset`;
  }
  return equalG2(key.roundOneDelta2, key.delta2) ? 'the deltas are equal' : undefined;
}

async function findWrongPoints(
  ceremony: CeremonyKernel,
  key: UltraGrothZkey,
  initial: UltraGrothZkey,
  options: KernelCallOptions,
): Promise<string | undefined> {
  const [oneBefore, twoBefore] = splitC(initial);
  const [oneAfter, twoAfter] = splitC(key);
  const one = await isDividedBy(
    ceremony,
    { before: oneBefore, after: oneAfter },
    [GENERATOR_G2, encodeG2(key.roundOneDelta2)],
    options,
  );
  if (!one) return "the points of round 1 are not the circuit's over delta 1";
  const two = await isDividedBy(
    ceremony,
    { before: concatenate([twoBefore, initial.h]), after: concatenate([twoAfter, key.h]) },
    [GENERATOR_G2, encodeG2(key.delta2)],
    options,
  );
  return two ? undefined : "the points of round 2, or of the quotient, are not the circuit's over delta 2";
}
