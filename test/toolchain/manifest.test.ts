import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { readPackage } from '../../src/toolchain/index.ts';
import { normalManifest } from '../../src/toolchain/manifest.ts';
import { programPackage } from '../support/noir-package.ts';

const LIBRARY = '[package]\nname = "zkml"\ntype = "lib"\nauthors = [""]\n';

describe('manifests in memory', () => {
  it('read the same as those of the package in a folder', async () => {
    const source = programPackage('fn main(x: pub Field) { assert(x != 0); }\n', {
      'zkml/Nargo.toml': `# a comment\n${LIBRARY}\n[dependencies]\nother = { path = "../other" }\n`,
      'zkml/src/lib.nr': '',
      'other/Nargo.toml': LIBRARY.replace('zkml', 'other'),
      'other/src/lib.nr': '',
    });
    const folder = await mkdtemp(join(tmpdir(), 'bionoir-test-'));
    try {
      for (const [path, text] of source.files) {
        await mkdir(dirname(join(folder, path)), { recursive: true });
        await writeFile(join(folder, path), text);
      }
      const { files } = readPackage(folder);
      for (const [path, text] of source.files)
        assert.equal(
          path.endsWith('Nargo.toml') ? normalManifest(path, text, source.name) : text,
          files.get(path),
          path,
        );
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('stay as they are when they say more', () => {
    for (const text of [
      'no toml',
      '[workspace]\nmembers = ["a"]\n',
      `${LIBRARY}entry = "src/other.nr"\n`,
      `${LIBRARY}\n[dependencies]\ng = { git = "https://example.org/a/b", tag = "v1" }\n`,
    ])
      assert.equal(normalManifest('Nargo.toml', text, 'program'), text);
  });
});
