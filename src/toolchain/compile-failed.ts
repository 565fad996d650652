/** The error of a Noir source that does not compile: shared by both compilers. */
import { BionoirError } from '../errors.ts';
import type { Diagnostic } from './types.ts';

/** At most so many diagnostics stand in the message; all of them are in its details. */
const SHOWN = 10;

/** Builds the COMPILE_FAILED error: every diagnostic on a line of its own, with file:line:column. */
export function compileFailed(name: string, diagnostics: readonly Diagnostic[]): BionoirError {
  const lines = diagnostics
    .slice(0, SHOWN)
    .map(diagnostic => `  ${place(diagnostic)}: ${diagnostic.message}`);
  if (diagnostics.length > SHOWN) lines.push(`  and ${diagnostics.length - SHOWN} more`);
  const first = diagnostics[0];
  return new BionoirError(
    'COMPILE_FAILED',
    `The Noir package '${name}' does not compile:\n${lines.join('\n')}\nCorrect the source and compile again.`,
    { details: { name, diagnostics }, ...(first ? { location: place(first) } : {}) },
  );
}

function place({ file, line, column }: Diagnostic): string {
  return line === undefined ? file : `${file}:${line}:${column}`;
}
