import assert from 'node:assert/strict';
import { decodeArtifact, decodeBytecode } from '../../../converters/nargo-to-acir/index.ts';
import { parseProgram, printProgram } from '../../../src/acir/index.ts';
import type { Program } from '../../../src/acir/types.ts';
import { artifactNames, readArtifact, readHandEncoded } from '../../support/artifacts.ts';

const DIALECTS_BY_VERSION: Readonly<Record<string, string>> = {
  '0.25.0': '0.25',
  '0.31.0': '0.31',
  '0.34.0': '0.34',
  '1.0.0-beta.0': '0.39',
  '1.0.0-beta.1': '1.0.0-beta.1',
  '1.0.0-beta.2': '1.0.0-beta.2',
  '1.0.0-beta.3': '1.0.0-beta.2',
  '1.0.0-beta.7': '1.0.0-beta.2',
  '1.0.0-beta.9': '1.0.0-beta.2',
  '1.0.0-beta.13-1d260df.nightly': '1.0.0-beta.12',
  '1.0.0-beta.14': '1.0.0-beta.12',
  '1.0.0-beta.15': '1.0.0-beta.12',
  '1.0.0-beta.26': '1.0.0-beta.19',
};

function versionOf(name: string): string {
  return name.replace(/^[^.]+\./, '').replace(/\.json$/, '');
}

/** Programs without the names, which old releases keep outside of the bytecode. */
function nameless({ functions, unconstrained }: Program): Program {
  return {
    functions: functions.map(circuit => ({ ...circuit, name: '' })),
    unconstrained: unconstrained.map(brillig => ({ ...brillig, name: '' })),
  };
}

describe('nargo-to-acir: releases', () => {
  it('has 444 artifacts to decode', () => {
    assert.equal(artifactNames().length, 444);
  });

  for (const [version, dialect] of Object.entries(DIALECTS_BY_VERSION)) {
    it(`decodes every artifact of ${version} to the last byte, and its text reads back as the same program`, () => {
      const names = artifactNames().filter(name => versionOf(name) === version);
      assert.ok(names.length >= 25);
      for (const name of names) {
        const { program, release } = decodeArtifact(readArtifact(name));
        assert.equal(release.dialect, dialect, name);
        assert.equal(release.format, version.endsWith('.26') ? 'msgpack-compact' : 'bincode', name);
        assert.deepEqual(parseProgram(printProgram(program)), program, name);
      }
    });
  }

  for (const { noir_version: noirVersion, bytecode, text } of readHandEncoded()) {
    it(`decodes every opcode of ${noirVersion} as its ACVM reads it`, () => {
      const { program } = decodeBytecode(bytecode, { noirVersion });
      assert.deepEqual(printProgram(program).trimEnd().split('\n'), text);
    });
  }

  it('finds the release of most artifacts without being told, and never another meaning', () => {
    let found = 0;
    const names = artifactNames().filter((_, i) => i % 4 === 0);
    for (const name of names) {
      const told = decodeArtifact(readArtifact(name));
      const { bytecode } = JSON.parse(readArtifact(name)) as { bytecode: string };
      try {
        const { program } = decodeBytecode(bytecode);
        assert.deepEqual(nameless(program), nameless(told.program), name);
        found++;
      } catch (error) {
        assert.equal((error as { code?: string }).code, 'UNKNOWN_RELEASE', name);
        assert.match((error as Error).message, /mean one program in Noir .* and another in/);
      }
    }
    assert.ok(found > 0.9 * names.length, `${found} of ${names.length}`);
  });
});
