/** Compiles programs of the suite when they are first asked for: two compilers, which end when nothing waits. */
import { type NoirArtifact, noirWasmSession } from '../../../src/toolchain/index.ts';
import { programPackage } from '../../support/noir-package.ts';
import type { SuiteProgram } from './programs.ts';

interface Waiting {
  readonly program: SuiteProgram;
  readonly resolve: (artifact: NoirArtifact) => void;
  readonly reject: (error: unknown) => void;
}

const COMPILER_COUNT = 2;
const artifacts = new Map<string, Promise<NoirArtifact>>();
const waiting: Waiting[] = [];
let running = 0;

/** The artifact of a program; equal for every caller in this process. */
export function artifactOf(program: SuiteProgram): Promise<NoirArtifact> {
  const name = `${program.group}/${program.name}`;
  const known = artifacts.get(name);
  if (known !== undefined) return known;
  const artifact = new Promise<NoirArtifact>((resolve, reject) => {
    waiting.push({ program, resolve, reject });
  });
  artifact.catch(() => undefined); // reported by the test that awaits it
  artifacts.set(name, artifact);
  if (running < COMPILER_COUNT) void compileWaiting();
  return artifact;
}

async function compileWaiting(): Promise<void> {
  running++;
  const session = noirWasmSession();
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    await session.compile(programPackage(next.program.source)).then(next.resolve, next.reject);
  }
  session.close();
  running--;
}
