/** The error of a Noir source that does not compile: shared by both compilers. */
import { BionoirError } from '../errors.ts';
import type { Diagnostic } from './types.ts';

/** At most so many diagnostics stand in the message; all of them are in its details. */
const SHOWN = 10;

/** Builds the COMPILE_FAILED error: every diagnostic on a line of its own, with file:line:column. */
export function compileFailed(name: string, diagnostics: readonly Diagnostic[]): BionoirError {
  const errors = withoutRemarks(diagnostics);
  const lines = errors.slice(0, SHOWN).map(diagnostic => `  ${place(diagnostic)}: ${diagnostic.message}`);
  if (errors.length > SHOWN) lines.push(`  and ${errors.length - SHOWN} more`);
  const first = errors[0];
  return new BionoirError(
    'COMPILE_FAILED',
    `The Noir package '${name}' does not compile:\n${lines.join('\n')}\nCorrect the source and compile again.`,
    { details: { name, diagnostics }, ...(first ? { location: place(first) } : {}) },
  );
}

/** noir_wasm does not mark warnings among errors; those on unused names are never what keeps a source from compiling. */
function withoutRemarks(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  const errors = diagnostics.filter(({ message }) => !/^unused /.test(message));
  return errors.length > 0 ? errors : diagnostics;
}

function place({ file, line, column }: Diagnostic): string {
  return line === undefined ? file : `${file}:${line}:${column}`;
}
