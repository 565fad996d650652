/**
 * Builds the prover command (native/prove_main.cpp), which needs no Node: one program for servers and shell scripts.
 * What `npm install` has compiled for the addon is linked where it is newer than its sources; else everything is compiled,
 * which takes some minutes.
 *
 * Run: node scripts/build-prover.mjs [program = out/bionoir-prove]. CXX names the compiler, if not c++, g++ or clang++.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';

const root = join(import.meta.dirname, '..');
const native = join(root, 'native');
const addonObjects = join(native, 'build/Release/obj.target/bionoir_kernel/src');
const FLAGS = ['-std=c++20', '-O3', '-fPIC', '-fvisibility=hidden', '-pthread', '-w'];

const program = resolve(process.argv[2] ?? join(root, 'out/bionoir-prove'));
const names = process.env.CXX ? [process.env.CXX] : ['c++', 'g++', 'clang++'];
const compiler = names.find(name => spawnSync(name, ['--version']).status === 0);

function run(parameters) {
  const { status } = spawnSync(compiler, parameters, { stdio: 'inherit' });
  if (status !== 0) process.exit(1);
}

function listSources() {
  const folder = join(native, 'src');
  return readdirSync(folder)
    .filter(name => name.endsWith('.cpp') && !/wasm|simd128/.test(name))
    .map(name => join(folder, name));
}

function newestChange() {
  const files = ['src', 'include'].flatMap(folder =>
    readdirSync(join(native, folder))
      .filter(name => !/^napi_|wasm|simd128/.test(name)) // of Node and of WebAssembly
      .map(name => join(native, folder, name)),
  );
  return Math.max(...files.map(file => statSync(file).mtimeMs));
}

function addonObject(source, changed) {
  const object = join(addonObjects, basename(source).replace('.cpp', '.o'));
  return existsSync(object) && statSync(object).mtimeMs >= changed ? object : undefined;
}

function compile(source, folder) {
  const object = join(folder, basename(source).replace('.cpp', '.o'));
  run([...FLAGS, '-c', source, '-o', object]);
  return object;
}

if (compiler === undefined) {
  process.stderr.write(
    `No C++ compiler was found (${names.join(', ')}); the prover command needs one that knows C++20.\n`,
  );
  process.exit(1);
}
mkdirSync(dirname(program), { recursive: true });
const changed = newestChange();
const sources = listSources();
const built = sources.map(source => addonObject(source, changed));
let objects = built;
if (built.includes(undefined)) {
  const folder = `${program}-objects`;
  mkdirSync(folder, { recursive: true });
  objects = sources.map(source => compile(source, folder));
}
run([...FLAGS, join(native, 'prove_main.cpp'), ...objects, '-o', program]);
process.stdout.write(`${program} is built.\n`);
