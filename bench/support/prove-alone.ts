/** One proof in a process of its own that has nothing but what proves: the memory that a prover needs, without compiling. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { verify, verifyUltraGroth } from '../../src/index.ts';
import type { System } from './network-table.ts';
import type { Measurement } from './prove-folder.ts';

/** What a prover is given. */
export interface Given {
  readonly system: System;
  readonly provingKey: Uint8Array;
  readonly witnessProgram: Uint8Array;
  /** Values of main's parameters. */
  readonly inputs: readonly bigint[];
}

/** What either system verifies: which it is, follows from the key that was given. */
type Statement = Parameters<typeof verify>[2] & Parameters<typeof verifyUltraGroth>[2];

/** A proof with its public values, and what it took. */
export interface ProvenAlone {
  readonly statement: Statement;
  readonly measurement: Measurement;
}

/** Proves on the native engine; the statement is not verified. */
export function proveAlone(given: Given): ProvenAlone {
  const folder = mkdtempSync(join(tmpdir(), 'bionoir-prove-'));
  try {
    writeFileSync(join(folder, `${given.system}.zkey`), given.provingKey);
    writeFileSync(join(folder, `${given.system}.bwp`), given.witnessProgram);
    writeFileSync(join(folder, 'inputs.json'), JSON.stringify(given.inputs.map(String)));
    return proveInFolder(given.system, folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Proves from the files of a folder, as prove-folder.ts names them. */
export function proveInFolder(engine: string, folder: string): ProvenAlone {
  const script = join(import.meta.dirname, 'prove-folder.ts');
  const child = spawnSync(process.execPath, ['--import=tsx', script, engine, 'native', folder], {
    encoding: 'utf8',
  });
  if (child.status !== 0) throw new Error(`${engine}: ${child.stderr}`);
  return {
    // both are written by prove-folder.ts
    measurement: JSON.parse(child.stdout.trim().split('\n').at(-1) ?? '') as Measurement,
    statement: JSON.parse(readFileSync(join(folder, 'statement.json'), 'utf8'), reviveBigints) as Statement,
  };
}

function reviveBigints(_key: string, value: unknown): unknown {
  return typeof value === 'string' && /^\d+n$/.test(value) ? BigInt(value.slice(0, -1)) : value;
}
