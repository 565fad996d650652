/**
 * Typed reading of a JSON document: every field is checked where it is read, and named in the error by its path.
 */
import { BionoirError } from '../../src/errors.ts';

/** A JSON object, and where it stands: "steps[1]". */
export interface Place {
  readonly value: Readonly<Record<string, unknown>>;
  readonly path: string;
}

/** Makes the error of a document that is not a model. */
export function malformed(path: string, problem: string): BionoirError {
  return new BionoirError(
    'MALFORMED_MODEL',
    `The model's ${path} ${problem}. Correct the JSON file; docs/classic-ml.md describes it.`,
    { details: { path, problem }, location: path },
  );
}

/** Demands an object. */
export function objectAt(value: unknown, path: string): Place {
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return { value: value as Record<string, unknown>, path };
  throw malformed(path, 'is no object');
}

/** Demands a list, and gives its items with their paths. */
export function listAt(
  { value, path }: Place,
  field: string,
): readonly (readonly [item: unknown, path: string])[] {
  const list = value[field];
  const where = join(path, field);
  if (!Array.isArray(list) || list.length === 0) throw malformed(where, 'is no list of at least one item');
  return list.map((item, index) => [item, `${where}[${index}]`] as const);
}

/** Demands a finite number; the fallback stands in for a field that is left out. */
export function numberAt({ value, path }: Place, field: string, fallback?: number): number {
  const found = value[field] ?? fallback;
  if (typeof found === 'number' && Number.isFinite(found)) return found;
  throw malformed(join(path, field), 'is no number');
}

/** Demands a list of finite numbers, as many as given. */
export function numbersAt(place: Place, field: string, count?: number): number[] {
  return toNumbers(place.value[field], join(place.path, field), count);
}

/** Demands a list of lists of numbers, `columns` each. */
export function matrixAt(place: Place, field: string, columns: number): number[][] {
  return listAt(place, field).map(([row, path]) => toNumbers(row, path, columns));
}

/** Demands one of some texts. */
export function choiceAt<T extends string>(
  { value, path }: Place,
  field: string,
  choices: readonly T[],
  fallback?: T,
): T {
  const found = value[field] ?? fallback;
  const choice = choices.find(each => each === found);
  if (choice !== undefined) return choice;
  throw malformed(
    join(path, field),
    `is ${JSON.stringify(found) ?? 'missing'}, none of ${choices.join(', ')}`,
  );
}

/** "steps[1].mean"; a field of the document itself has no more than its name. */
export function join(path: string, field: string): string {
  return path === '' ? field : `${path}.${field}`;
}

function toNumbers(value: unknown, path: string, count?: number): number[] {
  if (!Array.isArray(value) || !value.every(item => typeof item === 'number' && Number.isFinite(item)))
    throw malformed(path, 'is no list of numbers');
  if (count !== undefined && value.length !== count)
    throw malformed(path, `has ${value.length} numbers instead of ${count}`);
  return value;
}
