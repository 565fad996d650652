/** Contracts of a place: the verifier, whose comments name the public signals, and the consumer of an application. */
import { dirname, join } from 'node:path';
import {
  type Application,
  type ConsumerContract,
  consumerContract,
  type NoirArtifact,
  publicSpans,
  type SignalSpan,
  signalNames,
  signalSpans,
} from '../index.ts';
import { readNetwork } from './build-folder.ts';
import type { Context } from './context.ts';
import { exists, type FileChange, readJson } from './files.ts';
import type { Place } from './place.ts';
import { applicationOf, readProject } from './project.ts';
import { type AnyKeys, anyVerifierContract, signalCountOf } from './proof-systems.ts';

/** The application of a place, where it has one. */
export function readApplication(place: Place): Application | undefined {
  const project = readProject(place);
  return project.application === undefined ? undefined : applicationOf(project, readNetwork(place));
}

/** The verifier of a key, with the names that the place has for its public signals. */
export function verifierOf(place: Place, key: AnyKeys['verificationKey'], name = 'Verifier'): string {
  const signals = spansOf(place);
  const named = signals.reduce((sum, { count }) => sum + count, 0);
  return anyVerifierContract(key, named === signalCountOf(key) ? { name, signals } : { name });
}

/** By the application, where nobody gave main.nr more public values by hand; else by the program's own parameters. */
function spansOf(place: Place): readonly SignalSpan[] {
  if (!exists(place.file('artifact'))) return [];
  const { abi } = readJson(place.file('artifact'), 'Noir artifact') as Partial<NoirArtifact>;
  const own = abi === undefined ? [] : publicSpans(abi);
  const application = readApplication(place);
  const stated = application === undefined ? [] : signalSpans(application);
  const total = (spans: readonly SignalSpan[]): number => spans.reduce((sum, { count }) => sum + count, 0);
  return stated.length > 0 && total(stated) === total(own) ? stated : own;
}

/** The consumer contract of a place whose application is bound to accounts, and whose signals nobody added to by hand. */
export function consumerOf(place: Place, key: AnyKeys['verificationKey']): ConsumerContract | undefined {
  const application = readApplication(place);
  if (!application?.bound || signalNames(application).length !== signalCountOf(key)) return undefined;
  return consumerContract(application, { proofSystem: 'delta' in key ? 'groth16' : 'ultragroth' });
}

/** Warns where an application's program has public values of its own, which the consumer contract would know nothing of. */
export function warnOfOwnSignals({ reporter }: Context, place: Place, key: AnyKeys['verificationKey']): void {
  const application = readApplication(place);
  if (!application?.bound || signalNames(application).length === signalCountOf(key)) return;
  const names = spansOf(place).map(({ name }) => name);
  reporter.warn(
    `No consumer contract is written: the public signals of the program are no longer those of '${application.kind}' (${names.join(', ')}). Take the contract of the application as a start for one of your own.`,
  );
}

/** Verifier and consumer as files of a folder: what goes into the sources of a contract project. */
export function contractFiles(
  place: Place,
  key: AnyKeys['verificationKey'],
  { folder, name = 'Verifier' }: { readonly folder: string; readonly name?: string },
): readonly FileChange[] {
  const consumer = consumerOf(place, key);
  return [
    { path: join(folder, `${name}.sol`), content: verifierOf(place, key, name) },
    ...(consumer ? [{ path: join(folder, `${consumer.name}.sol`), content: consumer.source }] : []),
  ];
}

/** The consumer's file beside the verifier of a place; none where there is no such contract. */
export function consumerChange(place: Place, key: AnyKeys['verificationKey']): readonly FileChange[] {
  const consumer = consumerOf(place, key);
  const folder = dirname(place.file('verifier'));
  return consumer ? [{ path: join(folder, `${consumer.name}.sol`), content: consumer.source }] : [];
}
