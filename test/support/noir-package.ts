/** Small Nargo packages for tests. */
import type { NoirPackage } from '../../src/noir/index.ts';

/** A binary package of one main.nr, and more files by path. */
export function programPackage(main: string, files: Readonly<Record<string, string>> = {}): NoirPackage {
  const dependencies = 'zkml/Nargo.toml' in files ? 'zkml = { path = "zkml" }\n' : '';
  const manifest = `[package]\nname = "program"\ntype = "bin"\nauthors = [""]\n\n[dependencies]\n${dependencies}`;
  return {
    name: 'program',
    files: new Map([['Nargo.toml', manifest], ['src/main.nr', main], ...Object.entries(files)]),
  };
}
