/**
 * Driver for the Circom compiler (npm circom2, WebAssembly) and for the witness calculators that it writes.
 *
 * Each compilation reads one main file from a temporary folder and templates from a library folder, and leaves nothing
 * behind. It does not judge the result: constraint systems are read by converters/r1cs-to-iden3.
 */
import fs from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import circom2 from 'circom2';

/** Circom's simplification: O1 (its default) removes signals equal to a signal or a constant, O2 all linear ones. */
export type CircomOptimisation = 'O1' | 'O2';

export interface CircomOptions {
  readonly optimisation: CircomOptimisation;
  /** Folder in which `include` looks for templates. */
  readonly library: string;
}

/** A compiled Circom program. */
export interface CircomCircuit {
  /** The constraint system, as an iden3 .r1cs file. */
  readonly r1cs: Uint8Array;
  /**
   * Computes the value of every wire: the constant one, public outputs, public inputs, private inputs, the rest.
   * @throws Error when an assertion of the program fails, as one does on an input beyond its range.
   */
  solve(inputs: Readonly<Record<string, readonly bigint[]>>): bigint[];
  /** The same as 32 bytes a wire, which is what Circom's own witness files hold: for benches. */
  solveBytes(inputs: Readonly<Record<string, readonly bigint[]>>): Uint8Array;
}

/**
 * Compiles a Circom program.
 * @throws Error with the compiler's messages when it refuses.
 */
export async function compileCircom(source: string, options: CircomOptions): Promise<CircomCircuit> {
  const folder = fs.mkdtempSync(join(tmpdir(), 'bionoir-circom-'));
  try {
    fs.writeFileSync(join(folder, 'main.circom'), source);
    await runCompiler(folder, options);
    const calculator = await WebAssembly.compile(fs.readFileSync(join(folder, 'main_js', 'main.wasm')));
    return {
      r1cs: new Uint8Array(fs.readFileSync(join(folder, 'main.r1cs'))),
      ...(await loadCalculator(calculator)),
    };
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}

let compilerModule: Promise<WebAssembly.Module> | undefined;

/** Compiles the compiler itself once a process: it is nine megabytes. */
function loadCompiler(): Promise<WebAssembly.Module> {
  const path = createRequire(import.meta.url).resolve('circom2/circom.wasm');
  compilerModule ??= WebAssembly.compile(fs.readFileSync(path));
  return compilerModule;
}

async function runCompiler(folder: string, options: CircomOptions): Promise<void> {
  const messages: string[] = [];
  const runner = new circom2.CircomRunner({
    args: ['main.circom', '--r1cs', '--wasm', `--${options.optimisation}`, '-l', '/library'],
    env: {},
    preopens: { '.': folder, '/library': options.library },
    bindings: { ...circom2.bindings, fs: captureTerminal(messages) },
  });
  const compiler = await loadCompiler();
  runner.compile = async () => compiler;
  try {
    await runner.execute(compiler);
  } catch (cause) {
    throw new Error(`Circom refused the program:\n${messages.join('')}`, { cause });
  }
}

/** The file system, but with writes to the standard streams kept as text. */
function captureTerminal(messages: string[]): unknown {
  const writeSync = (fd: number, bytes: Uint8Array, offset: number, length: number, position?: number) => {
    if (fd !== 1 && fd !== 2) return fs.writeSync(fd, bytes, offset, length, position);
    messages.push(new TextDecoder().decode(bytes.subarray(offset, offset + length)));
    return length;
  };
  return { ...fs, writeSync };
}

/** What a witness calculator of Circom 2 exports; values cross through a buffer of 32-bit words. */
interface CalculatorExports {
  init(sanityCheck: number): void;
  getFieldNumLen32(): number;
  getRawPrime(): void;
  getWitnessSize(): number;
  getInputSize(): number;
  getInputSignalSize(hashHigh: number, hashLow: number): number;
  setInputSignal(hashHigh: number, hashLow: number, index: number): void;
  getWitness(wire: number): void;
  getMessageChar(): number;
  readSharedRWMemory(word: number): number;
  writeSharedRWMemory(word: number, value: number): void;
}

/** Meanings of the codes that a calculator hands to its exception handler. */
const CALCULATOR_ERRORS: readonly string[] = [
  'Unknown error',
  'Signal not found',
  'Too many signals set',
  'Signal already set',
  'Assert failed',
  'Not enough memory',
  'Input signal array access exceeds the size',
  'Out of bounds array access',
];

async function loadCalculator(
  module: WebAssembly.Module,
): Promise<Pick<CircomCircuit, 'solve' | 'solveBytes'>> {
  let trace = '';
  const runtime = {
    exceptionHandler(code: number): never {
      throw new Error(`${CALCULATOR_ERRORS[code] ?? CALCULATOR_ERRORS[0]}\n${trace}`);
    },
    printErrorMessage(): void {
      trace += `${readMessage(calculator)}\n`;
    },
    writeBufferMessage(): void {},
    showSharedRWMemory(): void {},
  };
  const instance = await WebAssembly.instantiate(module, { runtime });
  // The exports are fixed by Circom's code generator (since 2.0).
  const calculator = instance.exports as unknown as CalculatorExports;
  const start = (inputs: Parameters<CircomCircuit['solve']>[0]): void => {
    trace = '';
    calculator.init(0);
    setInputs(calculator, inputs);
  };
  return {
    solve: inputs => {
      start(inputs);
      return Array.from({ length: calculator.getWitnessSize() }, (_, wire) => {
        calculator.getWitness(wire);
        return readShared(calculator);
      });
    },
    solveBytes: inputs => {
      start(inputs);
      const words = new Uint32Array(8 * calculator.getWitnessSize());
      for (let wire = 0; 8 * wire < words.length; wire++) {
        calculator.getWitness(wire);
        for (let word = 0; word < 8; word++) words[8 * wire + word] = calculator.readSharedRWMemory(word);
      }
      return new Uint8Array(words.buffer);
    },
  };
}

function setInputs(calculator: CalculatorExports, inputs: Readonly<Record<string, readonly bigint[]>>): void {
  calculator.getRawPrime();
  const prime = readShared(calculator);
  let given = 0;
  for (const [name, values] of Object.entries(inputs)) {
    const hash = fnv1a64(name);
    const [high, low] = [Number(hash >> 32n) | 0, Number(hash & 0xffffffffn) | 0];
    const size = calculator.getInputSignalSize(high, low);
    if (size < 0) throw new Error(`The Circom program has no input signal '${name}'.`);
    if (size !== values.length) {
      throw new Error(`Circom signal '${name}' takes ${size} values, not ${values.length}.`);
    }
    values.forEach((value, index) => {
      writeShared(calculator, ((value % prime) + prime) % prime);
      calculator.setInputSignal(high, low, index);
    });
    given += values.length;
  }
  if (given !== calculator.getInputSize()) {
    throw new Error(`The Circom program takes ${calculator.getInputSize()} input values, not ${given}.`);
  }
}

function readMessage(calculator: CalculatorExports): string {
  let message = '';
  for (let char = calculator.getMessageChar(); char !== 0; char = calculator.getMessageChar()) {
    message += String.fromCharCode(char);
  }
  return message;
}

function readShared(calculator: CalculatorExports): bigint {
  let value = 0n;
  for (let word = calculator.getFieldNumLen32() - 1; word >= 0; word--) {
    value = (value << 32n) | BigInt(calculator.readSharedRWMemory(word) >>> 0);
  }
  return value;
}

function writeShared(calculator: CalculatorExports, value: bigint): void {
  for (let word = 0; word < calculator.getFieldNumLen32(); word++) {
    calculator.writeSharedRWMemory(word, Number((value >> BigInt(32 * word)) & 0xffffffffn) | 0);
  }
}

/** FNV-1a on 64 bits: calculators know their input signals by the hash of the name. */
function fnv1a64(text: string): bigint {
  let hash = 0xcbf29ce484222325n;
  for (const byte of new TextEncoder().encode(text)) {
    hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
  }
  return hash;
}
