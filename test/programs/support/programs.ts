/**
 * The suite of Noir programs in fixtures/noir: `<group>/<name>.nr` is a whole program, `<name>.toml` says what it does.
 *
 *     free_results = true      the program returns what nothing determines, such as the result of unconstrained code
 *     [[run]]
 *     inputs = { x = 3 }       by parameter
 *     oracles = { root = [2] } what oracles answer, by name
 *     returns = 9              the return value; nothing when main returns nothing
 *     prints = ["9\n"]         what it prints
 *     public = [3, 9]          the public signals
 *
 *     [[run]]
 *     inputs = { x = -1 }
 *     fails = "x is negative"  the text of the assertion, or of the machine's error
 *     at = "assert(x"          what stands in the line that fails
 *
 * In inputs and results "hex:00ff" stands for an array of bytes, "list:0x1 2" for an array of numbers.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { parse } from 'smol-toml';
import type { InputMap, InputValue } from '../../../src/toolchain/index.ts';

const FOLDER = new URL('../../../fixtures/noir/', import.meta.url);

/** One execution of a program, and what must come of it. */
export interface ProgramRun {
  readonly inputs: InputMap;
  readonly oracles?: Readonly<Record<string, (string | string[])[]>>;
  readonly returns?: InputValue;
  readonly prints?: readonly string[];
  readonly public?: readonly bigint[];
  readonly fails?: string;
  readonly at?: string;
}

/** A program of the suite. */
export interface SuiteProgram {
  readonly group: string;
  readonly name: string;
  readonly source: string;
  readonly freeResults: boolean;
  readonly runs: readonly ProgramRun[];
}

/** Reads all programs, by group and name. */
export function readPrograms(): SuiteProgram[] {
  const groups = readdirSync(FOLDER, { withFileTypes: true }).filter(entry => entry.isDirectory());
  return groups
    .map(({ name }) => name)
    .sort()
    .flatMap(group =>
      readdirSync(new URL(`${group}/`, FOLDER))
        .filter(file => file.endsWith('.nr'))
        .sort()
        .map(file => readProgram(group, basename(file, '.nr'))),
    );
}

function readProgram(group: string, name: string): SuiteProgram {
  const read = (suffix: string): string => readFileSync(new URL(`${group}/${name}${suffix}`, FOLDER), 'utf8');
  // The form is stated above; a test of the suite fails on anything else.
  const table = parse(read('.toml')) as unknown as {
    free_results?: boolean;
    run?: Readonly<Record<string, unknown>>[];
  };
  const runs = (table.run ?? []).map(readRun);
  return { group, name, source: read('.nr'), freeResults: table.free_results === true, runs };
}

const RUN_KEYS: readonly string[] = ['inputs', 'oracles', 'returns', 'prints', 'public', 'fails', 'at'];

function readRun(run: Readonly<Record<string, unknown>>): ProgramRun {
  const unknown = Object.keys(run).find(key => !RUN_KEYS.includes(key));
  if (unknown !== undefined) throw new Error(`A run has the key '${unknown}'.`);
  const oracles = run.oracles as Readonly<Record<string, unknown[]>> | undefined;
  return {
    ...(run as Pick<ProgramRun, 'prints' | 'fails' | 'at'>),
    inputs: expanded(run.inputs ?? {}) as InputMap,
    ...(run.returns === undefined ? {} : { returns: expanded(run.returns) }),
    ...(run.public === undefined ? {} : { public: (run.public as (number | string)[]).map(BigInt) }),
    ...(oracles === undefined ? {} : { oracles: answers(oracles) }),
  };
}

function answers(oracles: Readonly<Record<string, unknown[]>>): Record<string, (string | string[])[]> {
  const hex = (value: unknown): string => `0x${BigInt(value as number).toString(16)}`;
  return Object.fromEntries(
    Object.entries(oracles).map(([name, results]) => [
      name,
      results.map(result => (Array.isArray(result) ? result.map(hex) : hex(result))),
    ]),
  );
}

/** Writes out the short forms of arrays. */
function expanded(value: unknown): InputValue {
  if (typeof value === 'string' && value.startsWith('hex:')) return [...Buffer.from(value.slice(4), 'hex')];
  if (typeof value === 'string' && value.startsWith('list:')) return value.slice(5).trim().split(/\s+/);
  if (Array.isArray(value)) return value.map(expanded);
  if (typeof value !== 'object' || value === null) return value as InputValue;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, expanded(item)]));
}

/** A value with every number as a decimal text, so that 0x0a, "10" and 10 are equal. */
export function canonical(value: InputValue | null | undefined): unknown {
  if (typeof value === 'number') return String(value);
  if (typeof value === 'string') return canonicalText(value);
  if (Array.isArray(value)) return value.map(canonical);
  if (typeof value !== 'object' || value === null) return value ?? null;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, canonical(item)]));
}

function canonicalText(text: string): string {
  const match = /^(-?)(0x[0-9a-f]+|[0-9]+)$/i.exec(text);
  if (match === null) return text;
  const size = BigInt(match[2] as string); // the pattern has two groups
  return String(match[1] === '-' ? -size : size);
}
