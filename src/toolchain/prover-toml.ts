/**
 * Prover.toml: the inputs of main, by parameter (noir-lang.org/docs, "Prover.toml"). Mistakes are named by the part of the
 * input and the line of the file.
 */
import { parse, TomlError } from 'smol-toml';
import { BionoirError } from '../errors.ts';
import { checkInputs } from './inputs.ts';
import type { AbiParameter, InputMap, ProgramInputs } from './types.ts';

export interface ProverTomlOptions {
  /** How messages call the text, such as "Prover.toml". */
  readonly file: string;
  /** Values that replace the text's, or complete them. */
  readonly values?: ProgramInputs;
}

/**
 * Reads the inputs of a program.
 *
 * @throws BionoirError MALFORMED_INPUT for TOML that cannot be read, and for values that do not fit the parameters
 */
export function parseProverToml(
  text: string,
  parameters: readonly AbiParameter[],
  { file, values = {} }: ProverTomlOptions,
): InputMap {
  const given = { ...parseToml(text, file), ...values };
  try {
    return checkInputs(parameters, given);
  } catch (error) {
    if (!(error instanceof BionoirError)) throw error;
    const { path } = error.details;
    const line = typeof path === 'string' ? lineOf(text, path) : undefined;
    const location = line === undefined ? file : `${file}:${line}`;
    throw new BionoirError(error.code, `${location}: ${error.message}`, { details: error.details, location });
  }
}

function parseToml(text: string, file: string): object {
  try {
    return parse(text, { integersAsBigInt: true });
  } catch (cause) {
    if (!(cause instanceof TomlError)) throw cause;
    const location = `${file}:${cause.line}:${cause.column}`;
    const reason = (cause.message.split('\n')[0] as string).replace(/^Invalid TOML document: /, '');
    throw new BionoirError(
      'MALFORMED_INPUT',
      `${location}: The inputs are not TOML: ${reason}. Write one 'name = value' a parameter; texts and large numbers in quotes.`,
      { details: { file, line: cause.line, column: cause.column }, location, cause },
    );
  }
}

/**
 * The line that gives a part of the input, or the innermost part around it: "p.y" by `y = ...` under `[p]`, by `p.y = ...`
 * or by `p = { ... }`. Undefined when none is given, as for a missing parameter.
 */
function lineOf(text: string, path: string): number | undefined {
  const wanted = path.split('.').map(part => part.replace(/\[\d+\]/g, ''));
  let table: string[] = [];
  let [best, bestDepth] = [undefined as number | undefined, 0];
  text.split('\n').forEach((line, index) => {
    const header = /^\s*\[\[?([^\]]+)\]\]?\s*(#.*)?$/.exec(line);
    const key = /^\s*([\w."' -]+?)\s*=/.exec(line);
    if (header) table = keyParts(header[1] as string);
    const given = header ? table : key ? [...table, ...keyParts(key[1] as string)] : [];
    const fits = given.length > bestDepth && given.every((part, depth) => part === wanted[depth]);
    if (fits) [best, bestDepth] = [index + 1, given.length];
  });
  return best;
}

function keyParts(key: string): string[] {
  return key.split('.').map(part => part.trim().replace(/^["']|["']$/g, ''));
}
