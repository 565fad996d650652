/**
 * NoirPackage: a Nargo package held in memory, before it is written anywhere or compiled.
 */

/** A Nargo package: its name and the text of each file by path relative to the package folder, with forward slashes. */
export interface NoirPackage {
  readonly name: string;
  readonly files: ReadonlyMap<string, string>;
}
