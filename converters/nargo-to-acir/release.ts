/** Which dialects a Noir version may have written. */
import { DIALECTS, type Dialect } from './dialects.ts';

/** What a version may have written, oldest first. */
export interface DialectChoice {
  readonly dialects: readonly Dialect[];
  /** Whether the version is known to write the (only) dialect, so that a failure means a damaged artifact. */
  readonly certain: boolean;
}

/** The newest version whose artifacts have been read. */
export const NEWEST_VERSION = '1.0.0-beta.26';

/** The first version of each dialect that is certain, and of each stretch that is not. */
const HISTORY: readonly (readonly [from: string, dialects: readonly string[], certain: boolean])[] = [
  ['0.0.0', ['0.25'], false],
  ['0.25.0', ['0.25'], true],
  ['0.26.0', ['0.30', '0.25'], false],
  ['0.30.0', ['0.30'], true],
  ['0.31.0', ['0.31'], true],
  ['0.32.0', ['0.32'], true],
  ['0.33.0', ['0.33'], true],
  ['0.34.0', ['0.34'], true],
  ['0.35.0', ['0.34', '0.36'], false],
  ['0.36.0', ['0.36'], true],
  ['0.37.0', ['0.37'], true],
  ['0.39.0', ['0.39'], true],
  ['1.0.0-beta.1', ['1.0.0-beta.1'], true],
  ['1.0.0-beta.2', ['1.0.0-beta.2'], true],
  ['1.0.0-beta.12', ['1.0.0-beta.2', '1.0.0-beta.12'], false],
  ['1.0.0-beta.13', ['1.0.0-beta.12'], true],
  ['1.0.0-beta.19', ['1.0.0-beta.19'], true],
  ['1.0.0-beta.27', ['1.0.0-beta.19'], false],
];

/** Chooses by version; an unreadable or missing one may be anything. */
export function dialectsOf(noirVersion: string | undefined): DialectChoice {
  const version = noirVersion === undefined ? undefined : parseVersion(noirVersion);
  if (version === undefined) return { dialects: DIALECTS, certain: false };
  const row = HISTORY.findLast(([from]) => compareVersions(parseVersion(from) as Version, version) <= 0);
  const [, names, certain] = row as (typeof HISTORY)[number]; // the first row begins at 0.0.0
  return { dialects: DIALECTS.filter(dialect => names.includes(dialect.name)), certain };
}

/** Major, minor, patch, beta; a release that is no beta comes after all betas. */
type Version = readonly [number, number, number, number];

function parseVersion(text: string): Version | undefined {
  const match = /^(\d+)\.(\d+)\.(\d+)(?:-beta\.(\d+))?(?:[-+].*)?$/.exec(text);
  if (!match) return undefined;
  const [, major, minor, patch, beta] = match;
  return [
    Number(major),
    Number(minor),
    Number(patch),
    beta === undefined ? Number.POSITIVE_INFINITY : Number(beta),
  ];
}

function compareVersions(left: Version, right: Version): number {
  for (let i = 0; i < left.length; i++) {
    if (left[i] !== right[i]) return (left[i] as number) - (right[i] as number);
  }
  return 0;
}
