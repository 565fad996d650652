/**
 * What compilers say of the parts of a package, told of the package's own texts.
 */
import type { BionoirError } from '../../errors.ts';
import { compileFailed } from '../compile-failed.ts';
import { lineAndColumn, offsetOf } from '../positions.ts';
import type { Diagnostic } from '../types.ts';
import type { Compiled } from './cache.ts';
import type { Unit } from './plan.ts';
import { originalOffset } from './stub.ts';

/** The error that the package's own text has; undefined when it is of what taking apart made of the text. */
export function errorOfSource(unit: Unit, { details }: BionoirError): BionoirError | undefined {
  const diagnostics = (details.diagnostics ?? []) as readonly Diagnostic[];
  if (diagnostics.some(({ message }) => speaksOfDropped(unit, message))) return undefined;
  const own = diagnostics.flatMap(each => relocated(unit, each) ?? []);
  return own.length > 0 && own.length === diagnostics.length
    ? compileFailed(unit.noirPackage.name, own)
    : undefined;
}

/** Whether a message may be of what the whole package has. */
function speaksOfDropped({ rewritten }: Unit, message: string): boolean {
  const words = new Set(message.match(/\w+/g));
  return [...rewritten.values()].some(text => text?.dropped.some(name => words.has(name)));
}

/** Warnings of the package's own text. That a module's function is not used says nothing when only its circuits are compiled. */
export function warningsOf(unit: Unit, { warnings }: Compiled): Diagnostic[] {
  const isRoot = unit.exports.length === 0;
  return warnings
    .filter(({ message }) => isRoot || !/^unused /.test(message))
    .flatMap(warning => relocated(unit, warning) ?? []);
}

function relocated({ rewritten }: Unit, diagnostic: Diagnostic): Diagnostic | undefined {
  const { file, line, column } = diagnostic;
  if (!rewritten.has(file)) return file.startsWith('src/') ? undefined : diagnostic;
  const text = rewritten.get(file);
  if (text === undefined || text.isStub || line === undefined || column === undefined) return undefined;
  const offset = originalOffset(text, offsetOf(text.text, line, column));
  return { ...diagnostic, ...lineAndColumn(text.original, offset) };
}
