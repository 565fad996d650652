/** What `bionoir/browser` is made of, without a browser: the three files, fetching them, proving from them. */
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  circuitFiles,
  fetchCircuit,
  openProver,
  type ProvingFiles,
  printStatement,
} from '../../src/browser/index.ts';
import { readSections } from '../../src/bytes/index.ts';
import { type Kernel, openKernel } from '../../src/kernel/index.ts';
import { lowerArtifact, setup, setupUltraGroth, verify } from '../../src/pipeline/index.ts';
import { witnessProgramOf } from '../../src/solving.ts';
import type { NoirArtifact } from '../../src/toolchain/index.ts';
import { readArtifact } from '../support/artifacts.ts';
import { assertRejectsCode, assertThrowsCode } from '../support/errors.ts';

/** main(x: u8, y: u32, z: Field) -> pub u32 */
const PROGRAM = 'range.1.0.0-beta.26.json';
const INPUTS = { x: 200, y: 7, z: 99 };
const G1_BYTES = 64;

type Made = Omit<ProvingFiles, 'verificationKey'>;

describe('bionoir/browser', function () {
  this.timeout(60_000);
  let kernel: Kernel;
  let plain: Made;
  let looked: Made;

  const make = async (system: 'groth16' | 'ultragroth'): Promise<Made> => {
    const artifact = JSON.parse(readArtifact(PROGRAM)) as NoirArtifact;
    const circuit = await lowerArtifact(artifact, { proofSystem: system });
    const { provingKey } = await (system === 'groth16' ? setup : setupUltraGroth)(kernel, circuit);
    const program = witnessProgramOf(circuit);
    assert.equal(program.kind, 'compiled');
    const witnessProgram = program.kind === 'compiled' ? program.bytes : new Uint8Array();
    return { parameters: artifact.abi.parameters, witnessProgram, provingKey };
  };
  const jsonOf = (made: Made) => JSON.parse(new TextDecoder().decode(circuitFiles(made).get('circuit.json')));
  const complete = (made: Made): ProvingFiles => ({
    ...made,
    verificationKey: JSON.stringify(jsonOf(made).verificationKey),
  });

  before(async () => {
    kernel = await openKernel();
    plain = await make('groth16');
    looked = await make('ultragroth');
  });
  after(() => kernel.close());

  it('proves and verifies from files alone, with both proof systems', async () => {
    for (const [made, system, points] of [
      [plain, 'groth16', 8],
      [looked, 'ultragroth', 10],
    ] as const) {
      const steps = new Set<string>();
      const prover = await openProver(kernel, complete(made));
      const statement = await prover.prove(INPUTS, { onProgress: step => void steps.add(step) });
      assert.equal(prover.proofSystem, system);
      assert.deepEqual(statement.publicSignals, [207n]);
      assert.equal(statement.kernel, kernel.description);
      assert.deepEqual([...steps], ['solve', 'prove', 'verify']);
      const printed = printStatement(statement, 'claim');
      assert.equal(JSON.parse(printed.proof).protocol, system === 'groth16' ? system : 'bionoir-ultragroth');
      assert.deepEqual(JSON.parse(printed.publicSignals), ['207']);
      assert.equal(printed.call.length, 4 + 32 * (points + 1));
      assert.equal(printed.calldata.match(/0x[0-9a-f]{64}/g)?.length, points + 1);
      prover.release();
      if (!('delta' in prover.verificationKey) || !('c' in statement.proof)) continue;
      const other = { proof: statement.proof, publicSignals: [208n] };
      assert.equal(await verify(kernel, prover.verificationKey, other), false);
    }
  });

  it('refuses inputs that are not of the type, and those that the program refuses', async () => {
    const prover = await openProver(kernel, complete(plain));
    await assertRejectsCode(
      () => prover.prove({ x: 200, y: 7 }),
      'MALFORMED_INPUT',
      /'z' \(Field\) is missing/,
    );
    await assertRejectsCode(
      () => prover.prove({ ...INPUTS, y: 2 ** 32 - 1 }),
      'EXECUTION_FAILED',
      /^These inputs cannot be proved: the program stopped \(\w+\) in function 0, opcode \d+\. Run "bionoir execute" with them to see the assertion and its line\.$/,
    );
    prover.release();
  });

  it('gives out no proof that does not verify', async () => {
    const provingKey = plain.provingKey.slice();
    const { sections } = readSections(provingKey, {
      magic: 'zkey',
      versionMax: 1,
      what: 'key',
      code: 'MALFORMED_KEY',
    });
    const pointsOfA = sections.get(5);
    assert.ok(pointsOfA);
    const first = pointsOfA.slice(0, G1_BYTES);
    pointsOfA.copyWithin(0, G1_BYTES, 2 * G1_BYTES);
    pointsOfA.set(first, G1_BYTES);
    assert.notDeepEqual(provingKey, plain.provingKey);
    const prover = await openProver(kernel, { ...complete(plain), provingKey });
    await assertRejectsCode(
      () => prover.prove(INPUTS),
      'KEY_MISMATCH',
      'The proof that was made does not verify, and was dropped: the witness program and the keys are not of one circuit, or a file is damaged. Take all files of one "bionoir bundle".',
    );
    prover.release();
  });

  it('refuses keys of another set-up, or of another circuit', async () => {
    const again = await make('groth16');
    const mixed = (than: string): string =>
      `The proving key belongs to another circuit or set-up than the ${than}. Take all files of one "bionoir bundle".`;
    await assertRejectsCode(
      () => openProver(kernel, { ...complete(plain), provingKey: again.provingKey }),
      'KEY_MISMATCH',
      mixed('verification key'),
    );
    await assertRejectsCode(
      () => openProver(kernel, { ...complete(plain), witnessProgram: looked.witnessProgram }),
      'KEY_MISMATCH',
      mixed('witness program'),
    );
    const { witness: _, ...without } = kernel;
    await assertRejectsCode(
      () => openProver(without, complete(plain)),
      'MISSING_KERNEL',
      `The kernel '${kernel.name}' cannot solve witnesses. Open webKernel().`,
    );
  });

  it('stops when asked to', async () => {
    const prover = await openProver(kernel, complete(plain));
    const stopped = 'Stopped, as asked. No proof was made.';
    await assertRejectsCode(() => prover.prove(INPUTS, { signal: AbortSignal.abort() }), 'ABORTED', stopped);
    const controller = new AbortController();
    const running = prover.prove(INPUTS, {
      signal: controller.signal,
      onProgress: step => {
        if (step === 'prove') controller.abort();
      },
    });
    await assertRejectsCode(() => running, 'ABORTED', stopped);
    assert.deepEqual((await prover.prove(INPUTS)).publicSignals, [207n]);
    prover.release();
  });

  describe('fetching', () => {
    const served = new Map<string, Uint8Array>();
    const server = createServer((request, response) => {
      const bytes = served.get((request.url ?? '').replace(/^\/|\?.*$/g, ''));
      if (bytes) response.end(bytes);
      else response.writeHead(404).end();
    });
    let url: string;
    before(async () => {
      await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
      url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/circuit.json`;
    });
    after(() => {
      server.close();
      server.closeAllConnections();
    });
    beforeEach(() => {
      for (const [name, bytes] of circuitFiles(looked)) served.set(name, bytes);
    });

    const serveJson = (change: object): void =>
      void served.set(
        'circuit.json',
        new TextEncoder().encode(JSON.stringify({ ...jsonOf(looked), ...change })),
      );
    const beside = (name: string): string => url.replace('circuit.json', name);
    /** Refused with this code and text, which names the file by its whole address. */
    const refuses = async (code: Parameters<typeof assertRejectsCode>[1], text: string): Promise<void> => {
      const error = await assertRejectsCode(() => fetchCircuit(url), code);
      assert.equal(error.message.replace(/\?v=[0-9a-f]{16}/, ''), text);
    };
    const unlike =
      'it is not the file that circuit.json speaks of. Serve all three files of one "bionoir bundle".';
    const rewrite = 'Write it with "bionoir bundle", and serve it as it is.';

    it('gives the files that were bundled, and tells how far it is', async () => {
      const heard: number[] = [];
      const files = await fetchCircuit(url, {
        onProgress: (received, total) => void heard.push(received / total),
      });
      const { networkBytes, ...rest } = files;
      assert.deepEqual(rest, complete(looked));
      assert.equal(networkBytes, looked.provingKey.length + looked.witnessProgram.length);
      assert.equal(heard.at(-1), 1);
      assert.deepEqual(heard, [...heard].sort());
    });

    it('refuses files that are not those of circuit.json', async () => {
      const { witnessProgram: program } = looked;
      served.set('circuit.bwp', program.subarray(1));
      const said = `${beside('circuit.bwp')} has`;
      await refuses('TRUNCATED_INPUT', `${said} ${program.length - 1} bytes of ${program.length}: ${unlike}`);
      served.set('circuit.bwp', Uint8Array.of(...program, 0));
      await refuses('FILE_TOO_LARGE', `${said} more than ${program.length} bytes: ${unlike}`);
      served.set('circuit.bwp', program.slice().fill(1, 100, 104));
      await refuses('MALFORMED_FILE', `${said} another hash: ${unlike}`);
    });

    it('refuses a circuit.json that is none', async () => {
      served.set('circuit.json', new TextEncoder().encode('<html>'));
      await refuses('MALFORMED_FILE', `${url} is no JSON. ${rewrite}`);
      served.set('circuit.json', new TextEncoder().encode('7'));
      await refuses('MALFORMED_FILE', `${url} is no JSON object. ${rewrite}`);
      serveJson({ version: 2 });
      await refuses('MALFORMED_FILE', `${url} is no bionoir-circuit of version 1. ${rewrite}`);
      serveJson({ parameters: undefined });
      await refuses('MALFORMED_FILE', `${url} has no list of parameters. ${rewrite}`);
      serveJson({ provingKey: { path: 'circuit.zkey', bytes: -1, sha256: '' } });
      await refuses('MALFORMED_FILE', `${url} says of provingKey no path, bytes and sha256. ${rewrite}`);
      serveJson({ provingKey: { path: 'circuit.zkey', bytes: 2 ** 40, sha256: '0'.repeat(64) } });
      await refuses('MALFORMED_FILE', `${url} says of provingKey no path, bytes and sha256. ${rewrite}`);
    });

    it('says what the server answers, or that there is none', async () => {
      served.delete('circuit.zkey');
      await refuses(
        'FILE_NOT_FOUND',
        `The server answers 404 for ${beside('circuit.zkey')}. Serve what "bionoir bundle" wrote there.`,
      );
      const nobody = 'http://127.0.0.1:1/circuit.json';
      await assertRejectsCode(
        () => fetchCircuit(nobody),
        'FILE_NOT_FOUND',
        `${nobody} cannot be fetched: fetch failed. Is the connection up, and may the page connect there?`,
      );
      await assertRejectsCode(
        () => fetchCircuit(url, { signal: AbortSignal.abort() }),
        'ABORTED',
        `Stopped while fetching ${url}, as asked.`,
      );
    });
  });

  it('bundles no key that is cut off', () => {
    const provingKey = plain.provingKey.subarray(0, 400);
    assertThrowsCode(() => circuitFiles({ ...plain, provingKey }), 'MALFORMED_KEY');
  });
});
