/** The public numbers of an application's proofs, in order: names, and meanings. */
import { BionoirError } from '../errors.ts';
import { BN254_SCALAR_PRIME, toSigned } from '../field/index.ts';
import { formatAddress } from './account.ts';
import type { Application, SignalSpan } from './types.ts';
import { thresholdReal } from './units.ts';

/** Names of the public signals, in order: parameters first, then what the program returns. */
export function signalNames(application: Application): string[] {
  return [
    ...(application.bound ? ['address', 'nonce'] : []),
    ...(application.kind === 'classification' ? [] : ['threshold']),
    ...(application.kind === 'proximity' && !application.commitFeatures
      ? Array.from({ length: application.featureCount }, (_, index) => `features[${index}]`)
      : []),
    ...(application.kind === 'classification' ? ['label'] : []),
    ...(application.kind === 'proximity' && application.commitFeatures ? ['features_commitment'] : []),
    ...(application.input ? ['input_commitment'] : []),
  ];
}

/** The same, the features as one. */
export function signalSpans(application: Application): SignalSpan[] {
  const isFeature = (name: string): boolean => name.startsWith('features[');
  return signalNames(application)
    .filter(name => !isFeature(name) || name === 'features[0]')
    .map(name =>
      isFeature(name) && application.kind === 'proximity'
        ? { name: 'features', count: application.featureCount }
        : { name, count: 1 },
    );
}

/** What public signals say. */
export interface Statement {
  readonly address?: string;
  readonly nonce?: bigint;
  readonly label?: number;
  /** In the units of the float network. */
  readonly threshold?: number;
  readonly features?: readonly bigint[];
  readonly featuresCommitment?: bigint;
  readonly inputCommitment?: bigint;
}

/**
 * Reads the public signals of a proof.
 *
 * @throws BionoirError MALFORMED_PROOF for another number of signals, or an address beyond 160 bits
 */
export function readStatement(application: Application, signals: readonly bigint[]): Statement {
  const names = signalNames(application);
  if (names.length !== signals.length) {
    throw new BionoirError(
      'MALFORMED_PROOF',
      `The proof has ${signals.length} public signals; one of '${application.kind}' has ${names.length}. Was main.nr changed, or is it another network's?`,
      { details: { expected: names, actual: signals.length } },
    );
  }
  const of = (name: string): bigint | undefined => signals[names.indexOf(name)];
  const [address, nonce, threshold] = [of('address'), of('nonce'), of('threshold')];
  const [label, featuresCommitment, inputCommitment] = [
    of('label'),
    of('features_commitment'),
    of('input_commitment'),
  ];
  const first = names.indexOf('features[0]');
  return {
    ...(address === undefined ? {} : { address: readAddress(address) }),
    ...(nonce === undefined ? {} : { nonce }),
    ...(threshold === undefined || application.kind === 'classification'
      ? {}
      : { threshold: thresholdReal(application, toSigned(threshold, BN254_SCALAR_PRIME)) }),
    ...(application.kind === 'proximity' && first >= 0
      ? {
          features: signals
            .slice(first, first + application.featureCount)
            .map(value => toSigned(value, BN254_SCALAR_PRIME)),
        }
      : {}),
    ...(label === undefined ? {} : { label: Number(label) }),
    ...(featuresCommitment === undefined ? {} : { featuresCommitment }),
    ...(inputCommitment === undefined ? {} : { inputCommitment }),
  };
}

function readAddress(address: bigint): string {
  if (address < 1n << 160n) return formatAddress(address);
  throw new BionoirError(
    'MALFORMED_PROOF',
    `The public address is ${address}, beyond 160 bits: it is no account's. No contract will take this proof.`,
    { details: { address } },
  );
}
