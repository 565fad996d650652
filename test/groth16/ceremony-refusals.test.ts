/** What ceremonies refuse: systems for other proof systems, kernels that lack the functions, broken records. */
import { openPtau, parsePtauContributions } from '../../converters/keys-to-iden3/index.ts';
import { writeR1cs } from '../../converters/r1cs-to-iden3/index.ts';
import { arraySource } from '../../src/bytes/index.ts';
import {
  contribute,
  drawToxicWaste,
  setupForDevelopment,
  setupFromPtau,
  verifyFromInitial,
  verifyPtau,
} from '../../src/groth16/index.ts';
import type { Kernel } from '../../src/kernel/index.ts';
import { assertRejectsCode, assertThrowsCode } from '../support/errors.ts';
import { createFfjavascriptKernel } from '../support/ffjavascript-kernel/index.ts';
import { mixedCircuit, productCircuit } from './circuits.ts';
import { makePtau } from './ptau.ts';

describe('ceremony refusals', () => {
  let kernel: Kernel;
  let ptau: Uint8Array;
  before(async () => {
    kernel = await createFfjavascriptKernel({ threads: 1 });
    ptau = makePtau(2, drawToxicWaste());
  });
  after(() => kernel.close());

  it('a system with rounds is for UltraGroth', async () => {
    const { system } = productCircuit();
    const rounds = { challengeCount: 1, roundOneCount: 1 };
    await assertRejectsCode(
      () => setupFromPtau(writeR1cs({ ...system, rounds }), ptau, { kernel }),
      'MALFORMED_R1CS',
      'The constraint system (.r1cs) has rounds, so UltraGroth proves it, not Groth16. Lower the program without lookups.',
    );
  });

  it('a kernel without ceremony functions', async () => {
    const zkey = await setupForDevelopment(kernel, productCircuit().r1cs);
    for (const step of [
      () => verifyPtau(ptau, { kernel }),
      () => contribute(zkey, { name: 'Ada', kernel }),
      () => verifyFromInitial(zkey, ptau, zkey, { kernel }),
    ]) {
      await assertRejectsCode(
        step,
        'MISSING_KERNEL',
        'The kernel ffjavascript 0.3.1 (WebAssembly), 1 thread has no ceremony functions. Use the native or the WebAssembly kernel.',
      );
    }
  });

  it('a key needs powers that are large enough', async () => {
    const zkey = await setupForDevelopment(kernel, mixedCircuit(5).r1cs);
    await assertRejectsCode(
      () => verifyFromInitial(zkey, ptau, zkey, { kernel }),
      'PTAU_TOO_SMALL',
      'The Powers of Tau file has power 2; a key with a domain of 16 needs more. Take the file that the key was made from.',
    );
  });

  it('records of contributions to powers of tau', async () => {
    const records = (count: number, size: number): Uint8Array => {
      const bytes = new Uint8Array(4 + size);
      bytes[0] = count;
      return bytes;
    };
    const one = 64 * 3 + 128 * 2 + 64 * 6 + 128 * 3 + 216 + 64 + 8;
    const typed = (type: number, parameters: readonly number[]): Uint8Array => {
      const bytes = Uint8Array.of(...records(1, one), ...parameters);
      bytes[4 + one - 8] = type;
      bytes[4 + one - 4] = parameters.length;
      return bytes;
    };
    for (const [bytes, text] of [
      [
        records(9, 100),
        'The Powers of Tau file (.ptau) claims 9 contributions in 100 bytes. Is the file corrupt?',
      ],
      [
        records(0, 3),
        'The Powers of Tau file (.ptau) has 3 bytes after its last contribution. Is the file corrupt?',
      ],
      [
        typed(2, []),
        'The Powers of Tau file (.ptau) has contribution 0 of unknown type 2. Is the file corrupt?',
      ],
      [
        typed(0, [1, 1, 65, 1, 1, 65]),
        'The Powers of Tau file (.ptau) has contribution 0 with parameter 1 out of order. Is the file corrupt?',
      ],
    ] as const) {
      assertThrowsCode(() => parsePtauContributions(bytes), 'MALFORMED_PTAU', text);
    }
    await openPtau(arraySource(ptau));
  });
});
