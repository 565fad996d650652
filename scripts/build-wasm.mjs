// Compiles the kernel's sources (native/) to native/wasm/bionoir_kernel.wasm with the compiler of the development
// dependency @yowasp/clang: everybody who runs this gets the same bytes. With --check, writes nothing and fails unless
// they are the committed ones.
//
// Run: npm run build:wasm [-- --check]. It takes some minutes: the compiler itself runs as WebAssembly.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { commands } from '@yowasp/clang';

const native = join(dirname(fileURLToPath(import.meta.url)), '..', 'native');
const target = join(native, 'wasm', 'bionoir_kernel.wasm');

const COMPILE = [
  '--target=wasm32-wasip1',
  '-std=c++20',
  '-O2',
  '-matomics',
  '-mbulk-memory',
  '-msimd128',
  '-fwasm-exceptions',
  '-I.',
  '-Wall',
  '-Wextra',
];
/** Of these the tests' reference is all that is wanted: small, not fast. */
const SMALL = new Set(['engine_portable.cpp']);
const LINK = [
  '--no-entry',
  '--gc-sections',
  '--strip-all',
  // The library's own objects know no atomics; wasm_runtime.cpp replaces what of it is not safe with threads.
  '--no-check-features',
  '--shared-memory',
  '--import-memory',
  '--initial-memory=16777216',
  '--max-memory=4294967296',
  '--stack-first',
  '-z',
  'stack-size=1048576',
  ...['malloc', 'free', 'calloc', 'realloc', 'aligned_alloc'].map(name => `--wrap=${name}`),
  ...['__wasm_call_ctors', '__wasm_init_tls', '__tls_size', '__stack_pointer'].map(
    name => `--export=${name}`,
  ),
  '--export-table',
];
const LIBRARIES = [
  '-L/usr/lib/wasm32-wasip1',
  '-lc++',
  '-lc++abi',
  '-lc',
  '/usr/lib/wasm32-unknown-wasip1/libclang_rt.builtins.a',
];

/** The compiler's file system has no '..'. */
function sourceText(folder, name) {
  return readFileSync(join(native, folder, name), 'utf8').replaceAll('"../include/', '"include/');
}

function sourceTree() {
  const files = folder =>
    Object.fromEntries(readdirSync(join(native, folder)).map(name => [name, sourceText(folder, name)]));
  return { include: files('include'), src: files('src') };
}

/** What the header declares is what the module offers. */
function exportedNames(header) {
  return [...new Set(header.match(/\bbk_\w+(?=\()/g))].sort().map(name => `--export-if-defined=${name}`);
}

async function run(command, parameters, files) {
  try {
    return await commands[command](parameters, files, { fetchProgress: () => undefined });
  } catch (error) {
    throw new Error(`${command} ${parameters.at(-1)}: ${error.message}`);
  }
}

async function build() {
  const tree = sourceTree();
  const sources = Object.keys(tree.src).filter(
    name => /\.cpp$/.test(name) && !/_(adx|ifma)\.cpp$/.test(name),
  );
  const objects = {};
  for (const name of sources.sort()) {
    const object = name.replace('.cpp', '.o');
    const size = SMALL.has(name) ? ['-Os'] : [];
    process.stderr.write(`  ${name}\n`);
    const made = await run('clang++', [...COMPILE, ...size, '-c', '-o', object, `src/${name}`], tree);
    objects[object] = made[object];
  }
  const parameters = [
    ...LINK,
    ...exportedNames(tree.include['bionoir_kernel.h']),
    ...Object.keys(objects),
    ...LIBRARIES,
    '-o',
    'kernel.wasm',
  ];
  return (await run('wasm-ld', parameters, objects))['kernel.wasm'];
}

const module = await build();
if (!process.argv.includes('--check')) {
  writeFileSync(target, module);
  process.stderr.write(`native/wasm/bionoir_kernel.wasm: ${module.length} bytes\n`);
} else if (Buffer.compare(Buffer.from(module), readFileSync(target)) !== 0) {
  process.stderr.write(
    'native/wasm/bionoir_kernel.wasm is not what its sources give. Run "npm run build:wasm" and commit it.\n',
  );
  process.exitCode = 1;
}
