/**
 * src/circuits.nr: a macro that names every folded function inside main.
 *
 * The compiler (seen in 1.0.0-beta.26) numbers folded functions twice. Their signatures follow the order in which
 * monomorphisation meets functions, breadth first; their circuits follow the order in which code generation meets them,
 * last come first served. The orders agree for functions that main names itself, and for the descendants of a single
 * function. Where two layers have folded functions below main, circuits get the parameters of one another, and the
 * compiler crashes ("range end index ... out of range") or, worse, does not.
 */

/** The text of circuits.nr for layer modules [name, text]; undefined when main names every folded function anyway. */
export function circuitsFile(
  modules: readonly (readonly [name: string, text: string])[],
): string | undefined {
  const folded = modules.flatMap(([name, text]) =>
    [...text.matchAll(/^#\[fold\]\n(?:pub |pub\(crate\) )fn (\w+)/gm)].map(
      match => [name, match[1] as string] as const,
    ),
  );
  if (folded.every(([module, name]) => name === 'forward' && !module.includes('::'))) return undefined;
  return `${HEADER}${folded.map(([module, name]) => `        let _ = crate::${module}::${name};\n`).join('')}    }\n}\n`;
}

const HEADER = `//! The folded functions of the layers.
//!
//! The compiler numbers folded functions in two ways, which agree for those that main names itself. So main names all of
//! them with \`declare!\`, which computes nothing. A folded function of your own belongs here if main does not call it.

/// Names each folded function once.
pub comptime fn declare() -> Quoted {
    quote {
`;
