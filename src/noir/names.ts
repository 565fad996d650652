/**
 * Noir identifiers from names of models and layers, which may hold anything.
 */
import { BionoirError } from '../errors.ts';

/** Words that Noir keeps for itself, and the names of modules and functions that generated programs use. */
const TAKEN = new Set(
  (
    'as assert assert_eq assert_constant bool break call_data char circuits comptime constrain continue contract crate ' +
    'dep else enum expr Field field fmtstr fn for formatted_code function_def global i8 i16 i32 i64 if impl in ' +
    'int let loop main match mod module mut no_predicates pub quoted return return_data self Self static_assert std ' +
    'str string struct struct_definition super test trait trait_def trait_impl type type_alias typed_expr typ u1 u8 ' +
    'u16 u32 u64 u128 unchecked unconstrained unit unsafe use where while true false weights zkml _ ' +
    // parameters and variables of applications
    'address nonce threshold features features_salt features_commitment input_salt input_commitment'
  ).split(' '),
);

/** Turns any text into a snake_case Noir identifier; the fallback stands in for a text without letters and digits. */
export function toIdentifier(text: string, fallback: string): string {
  const words = text
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '');
  const name = words === '' ? fallback : words;
  return TAKEN.has(name) || /^[0-9]/.test(name) ? `layer_${name}` : name;
}

/** Hands out identifiers, each once: a name that was given before gets the next free number. */
export class NameScope {
  readonly #given = new Set<string>();

  unique(text: string, fallback: string): string {
    const base = toIdentifier(text, fallback);
    let name = base;
    for (let next = 2; this.#given.has(name); next++) name = `${base}_${next}`;
    this.#given.add(name);
    return name;
  }
}

/**
 * Checks a name that the caller chose for a package.
 *
 * @throws BionoirError INVALID_NAME
 */
export function checkPackageName(name: string): string {
  if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(name) && !TAKEN.has(name)) return name;
  throw new BionoirError(
    'INVALID_NAME',
    `'${name}' cannot name a Noir package. Use letters, digits and underscores, not beginning with a digit, and no word of the language.`,
    { details: { name } },
  );
}
