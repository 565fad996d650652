import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type Compiled,
  cacheKey,
  defaultCacheFolder,
  folderCache,
} from '../../../src/toolchain/separate/cache.ts';
import { programPackage } from '../../support/noir-package.ts';

const compiledOf = (bytecode: string): Compiled => ({
  artifact: {
    noir_version: '1',
    abi: { parameters: [], return_type: null, error_types: {} },
    bytecode,
    debug_symbols: '',
    file_map: {},
  },
  warnings: [{ message: 'x', file: 'src/main.nr', line: 1, column: 2 }],
});

describe('the cache of compilations', () => {
  let folder = '';
  beforeEach(async () => {
    folder = join(await mkdtemp(join(tmpdir(), 'bionoir-cache-')), 'inner');
  });
  afterEach(() => rm(join(folder, '..'), { recursive: true }));

  it('gives back what was put, also to another run', async () => {
    await folderCache(folder).put('a', compiledOf('one'));
    assert.deepEqual(await folderCache(folder).get('a'), compiledOf('one'));
    assert.equal(await folderCache(folder).get('b'), undefined);
  });

  it('names entries by compiler, package, paths and texts', () => {
    const main = 'fn main() {}\n';
    const keys = [
      cacheKey('noir_wasm 1', programPackage(main)),
      cacheKey('noir_wasm 2', programPackage(main)),
      cacheKey('noir_wasm 1', { ...programPackage(main), name: 'other' }),
      cacheKey('noir_wasm 1', programPackage(`${main} `)),
      cacheKey('noir_wasm 1', programPackage(main, { 'src/a.nr': '' })),
      cacheKey('noir_wasm 1', programPackage(main, { 'src/b.nr': '' })),
      cacheKey('noir_wasm 1', programPackage(main, { 'src/a.nr': 'src/b.nr' })),
      cacheKey('noir_wasm 1', programPackage(main, { 'src/a.nr': '', 'src/b.nr': '' })),
    ];
    assert.equal(new Set(keys).size, keys.length);
    const [first, second] = [
      programPackage(main, { 'src/a.nr': '1', 'src/b.nr': '2' }),
      programPackage(main, { 'src/b.nr': '2', 'src/a.nr': '1' }),
    ];
    assert.equal(cacheKey('c', first), cacheKey('c', second));
  });

  const damages: readonly (readonly [what: string, damage: (text: string) => string])[] = [
    ['cut', text => text.slice(0, -1)],
    ['changed', text => text.replace('"one"', '"two"')],
    ['of another form', text => text.replace('bionoir', 'bionoir-x')],
    ['empty', () => ''],
  ];
  for (const [what, damage] of damages) {
    it(`removes an entry that is ${what}`, async () => {
      const cache = folderCache(folder);
      await cache.put('a', compiledOf('one'));
      const [name = ''] = await readdir(folder);
      const text = await readFile(join(folder, name), 'utf8');
      assert.notEqual(damage(text), text);
      await writeFile(join(folder, name), damage(text));
      assert.equal(await cache.get('a'), undefined);
      assert.deepEqual(await readdir(folder), []);
      await cache.put('a', compiledOf('one'));
      assert.deepEqual(await cache.get('a'), compiledOf('one'));
    });
  }

  it('takes runs at the same time, and leaves no drafts', async () => {
    const caches = Array.from({ length: 8 }, () => folderCache(folder));
    await Promise.all(caches.map(cache => cache.put('a', compiledOf('x'.repeat(100_000)))));
    assert.deepEqual(await readdir(folder), ['a.json']);
    assert.equal((await folderCache(folder).get('a'))?.artifact.bytecode.length, 100_000);
  });

  it('keeps below its size by removing what was not used for longest, and drafts of runs that died', async () => {
    const cache = folderCache(folder, { maxBytes: 5800 });
    const draft = join(folder, 'left.tmp');
    await mkdir(folder);
    await writeFile(draft, 'half');
    await utimes(draft, 1, 1);
    for (const [index, key] of ['a', 'b', 'c'].entries()) {
      await cache.put(key, compiledOf('x'.repeat(1500)));
      await utimes(join(folder, `${key}.json`), 1000 + index, 1000 + index);
    }
    await cache.get('a');
    await cache.put('d', compiledOf('x'.repeat(1500)));
    assert.deepEqual((await readdir(folder)).sort(), ['a.json', 'c.json', 'd.json']);
  });

  it('keeps nothing where it cannot write', async () => {
    await writeFile(folder, 'a file');
    const cache = folderCache(folder);
    await cache.put('a', compiledOf('one'));
    assert.equal(await cache.get('a'), undefined);
  });

  it('has a folder of the user by default', () => {
    assert.match(defaultCacheFolder(), /bionoir/);
  });
});
