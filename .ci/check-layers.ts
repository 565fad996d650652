/**
 * Enforces the import table of docs/architecture.md: imports point downwards only, converters never import one another,
 * folders are entered through their index.ts, and only the named folders may import node:* modules.
 *
 * Run: npm run layers
 */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative, sep } from 'node:path';

/** Each folder may import itself, and the folders named here. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  'src/errors': [],
  'src/bytes': ['src/errors'],
  'src/field': ['src/errors', 'src/bytes'],
  'src/graph': ['src/errors'],
  'src/tensorflow': ['src/errors', 'src/graph'],
  'src/quantize': ['src/errors', 'src/graph', 'src/html'],
  'src/images': ['src/errors', 'src/bytes'],
  'src/applications': ['src/errors', 'src/field', 'src/graph', 'src/quantize'],
  'src/noir': ['src/errors', 'src/graph', 'src/quantize', 'src/applications'],
  'src/acir': ['src/errors', 'src/bytes', 'src/field'],
  'src/acvm': ['src/errors', 'src/field', 'src/acir'],
  'src/toolchain': ['src/errors', 'src/bytes', 'src/field', 'src/acir', 'src/acvm', 'src/noir'],
  'src/html': [],
  'src/r1cs': ['src/errors', 'src/bytes', 'src/field', 'src/html'],
  'src/witness': ['src/errors', 'src/bytes', 'src/field', 'src/acir', 'src/r1cs'],
  'src/kernel': ['src/errors', 'src/bytes', 'src/field'],
  'src/groth16': ['src/errors', 'src/bytes', 'src/field', 'src/r1cs', 'src/kernel'],
  // One ceremony for both: UltraGroth begins with Groth16's key and takes its proofs of knowledge.
  'src/ultragroth': ['src/errors', 'src/bytes', 'src/field', 'src/r1cs', 'src/kernel', 'src/groth16'],
  'src/solidity': ['src/errors', 'src/bytes', 'src/field', 'src/kernel', 'src/applications'],
  'src/layers': ['src/errors', 'src/graph'],
  'converters/tfjs-to-graph': ['src/errors', 'src/graph', 'src/tensorflow'],
  'converters/graphmodel-to-graph': ['src/errors', 'src/graph', 'src/tensorflow'],
  'converters/onnx-to-graph': ['src/errors', 'src/graph'],
  'converters/json-to-graph': ['src/errors', 'src/graph'],
  'converters/keras-to-tfjs': ['src/errors'],
  'converters/nargo-to-acir': ['src/errors', 'src/bytes', 'src/field', 'src/acir'],
  'converters/acir-to-r1cs': ['src/errors', 'src/bytes', 'src/field', 'src/acir', 'src/r1cs', 'src/witness'],
  'converters/r1cs-to-iden3': ['src/errors', 'src/bytes', 'src/field', 'src/r1cs'],
  'converters/keys-to-iden3': ['src/errors', 'src/bytes', 'src/field', 'src/kernel'],
};

/** Lower engines that one engine may reach although they are converters: key formats are part of proving. */
const EXTRA: Readonly<Record<string, readonly string[]>> = {
  'src/groth16': ['converters/r1cs-to-iden3', 'converters/keys-to-iden3'],
  'src/ultragroth': ['converters/r1cs-to-iden3', 'converters/keys-to-iden3'],
  'src/kernel': ['converters/r1cs-to-iden3', 'converters/keys-to-iden3'],
  'src/solidity': ['converters/keys-to-iden3'],
};

/** Faces know everything below them. */
const FACES = [
  'src/pipeline',
  'src/claiming',
  'src/models',
  'src/solving',
  'src/layer-costs',
  'src/backend',
  'src/browser',
  'src/index',
];

/** The doors of a folder: `web.ts` is that of what needs no Node. */
const DOORS = ['', 'index.ts', 'types.ts', 'web.ts'];

/** Entries of `bionoir/browser`: nothing that they reach may import a module of Node, nor anything but these packages. */
const WEB_ENTRIES = ['src/browser/index.ts', 'src/kernel/wasm/web-worker.ts'];
const WEB_PACKAGES = ['@noble/hashes/'];
const NODE_ALLOWED = ['src/kernel', 'src/toolchain', 'src/cli'];

const root = normalize(join(import.meta.dirname, '..'));
const problems: string[] = [];

/** 'src/graph/passes/fold.ts' -> 'src/graph'; 'src/pipeline.ts' -> 'src/pipeline'. */
function areaOf(path: string): string {
  const [top, second] = path.split(sep);
  return `${top}/${(second ?? '').replace(/\.ts$/, '')}`;
}

function sourceFiles(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true, recursive: true })
    .filter(entry => entry.isFile() && entry.name.endsWith('.ts'))
    .map(entry => relative(root, join(entry.parentPath, entry.name)));
}

function check(file: string, specifier: string): void {
  const area = areaOf(file);
  if (specifier.startsWith('node:')) {
    if (!NODE_ALLOWED.includes(area))
      problems.push(`${file}: imports ${specifier}; only ${NODE_ALLOWED.join(', ')} may.`);
    return;
  }
  if (!specifier.startsWith('.')) return;
  const target = relative(root, join(root, dirname(file), specifier));
  const targetArea = areaOf(target);
  if (targetArea === area) return;
  if (area === 'src/cli') {
    if (targetArea !== 'src/index')
      problems.push(`${file}: the command line imports only the public API, not ${target}.`);
    return;
  }
  if (!FACES.includes(area)) {
    const allowed = MAY_IMPORT[area];
    if (!allowed) return void problems.push(`${file}: folder ${area} has no row in .ci/check-layers.ts.`);
    if (![...allowed, ...(EXTRA[area] ?? [])].includes(targetArea)) {
      problems.push(`${file}: ${area} may not import ${targetArea} (${target}).`);
    }
  } else if (targetArea === 'src/cli') {
    problems.push(`${file}: nothing imports the command line.`);
  }
  const inside = target.split(sep).slice(2).join('/');
  if (!DOORS.includes(inside)) {
    problems.push(`${file}: enter ${targetArea} through its index.ts, not ${target}.`);
  }
}

/** What a file imports when it runs: types leave nothing. */
function runtimeImports(text: string): string[] {
  const clauses = text.matchAll(
    /^(?:import|export)\s+(?!type\b)[^;]*?from\s+'([^']+)'|^import\s+'([^']+)'/gm,
  );
  return [...clauses].map(([, from, bare]) => (from ?? bare) as string);
}

function checkWeb(file: string, seen: Set<string>): void {
  if (seen.has(file)) return;
  seen.add(file);
  for (const specifier of runtimeImports(readFileSync(join(root, file), 'utf8'))) {
    if (specifier.startsWith('.')) checkWeb(join(dirname(file), specifier), seen);
    else if (!WEB_PACKAGES.some(name => specifier.startsWith(name)))
      problems.push(`${file}: imports ${specifier}, and bionoir/browser reaches it.`);
  }
}

for (const folder of ['src', 'converters']) {
  for (const file of sourceFiles(folder)) {
    const text = readFileSync(join(root, file), 'utf8');
    for (const match of text.matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)) check(file, match[1] as string);
  }
}

for (const entry of WEB_ENTRIES) checkWeb(entry, new Set());

if (problems.length > 0) {
  console.error(problems.join('\n'));
  process.exit(1);
}
console.log('layers: every import points downwards');
