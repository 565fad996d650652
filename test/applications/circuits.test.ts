/** The programs of applications as constraints: what they compute, and that nothing public can be changed. */
import assert from 'node:assert/strict';
import {
  type ApplicationOptions,
  type Claim,
  commitValues,
  signalNames,
} from '../../src/applications/index.ts';
import { enrol } from '../../src/claiming.ts';
import { BN254_SCALAR_PRIME as r } from '../../src/field/index.ts';
import { estimateLayers } from '../../src/layer-costs.ts';
import {
  checkConstrained,
  lowerArtifact,
  type NetworkWitness,
  type ProvableNetwork,
  solve,
} from '../../src/pipeline/index.ts';
import { checkWitness } from '../../src/r1cs/index.ts';
import { assertRejectsCode, assertThrowsCode } from '../support/errors.ts';
import {
  FAR_SAMPLE,
  NEAR_SAMPLE,
  SAMPLE,
  smallApplication,
  smallQuantGraph,
} from './support/small-network.ts';

const ACCOUNT = { address: '0x00000000000000000000000000000000000a11ce', nonce: 12 };

describe('the circuits of applications', () => {
  const cases: readonly [title: string, options: ApplicationOptions, constraintCount: number][] = [
    ['a classification', { kind: 'classification' }, 156],
    ['a classification without account', { kind: 'classification', bound: false, commitInput: true }, 421],
    ['liveness', { kind: 'liveness', commitInput: true }, 381],
    ['proximity to public features', { kind: 'proximity' }, 208],
    ['proximity to committed features', { kind: 'proximity', commitFeatures: true, commitInput: true }, 742],
  ];

  function claimFor(network: ProvableNetwork): Claim {
    const { application } = network;
    const account = application?.bound ? ACCOUNT : {};
    if (application?.kind === 'liveness') return { ...account, threshold: -0.75 };
    if (application?.kind !== 'proximity') return account;
    const { features, salt } = enrol(network, [NEAR_SAMPLE]);
    return {
      ...account,
      threshold: 0.5,
      features,
      ...(application.commitFeatures ? { featuresSalt: salt } : {}),
    };
  }

  for (const [title, options, constraintCount] of cases) {
    describe(`of ${title}`, () => {
      let network: ProvableNetwork;
      let claim: Claim;
      let witness: NetworkWitness;

      before(async () => {
        network = await smallApplication(options);
        claim = claimFor(network);
        witness = await solve(network, [SAMPLE], { claim });
      });

      it('leave no value to the prover, and cost what the documentation says', () => {
        checkConstrained(network);
        assert.equal(network.lowered.system.constraintCount, constraintCount);
      });

      it('are estimated within two rows, and six with lookups', async () => {
        const { groth16, ultraGroth } = estimateLayers(network);
        const lookups = (await lowerArtifact(network.artifact, { proofSystem: 'ultragroth' })).lowered;
        const offBits = groth16.total - constraintCount;
        assert.ok(Math.abs(offBits) <= 2, `${groth16.total} for ${constraintCount}`);
        const offLookups = ultraGroth.total - lookups.system.constraintCount;
        assert.ok(offLookups >= 0 && offLookups <= 6, `off by ${offLookups}`);
      });

      it('make public what was claimed', () => {
        const { application } = network;
        assert.ok(application);
        const names = signalNames(application);
        const { claim: resolved, publicSignals, outputs } = witness;
        const expected: Record<string, bigint | undefined> = {
          address: resolved?.address,
          nonce: resolved?.nonce,
          threshold: resolved?.threshold,
          label: application.kind === 'classification' ? BigInt(outputs[0]?.data[0] ?? -1) : undefined,
          ...Object.fromEntries(
            (resolved?.features ?? []).map((value, index) => [`features[${index}]`, value]),
          ),
        };
        if (application.kind === 'proximity' && resolved?.features)
          expected.features_commitment = commitValues(
            resolved.features,
            application.features,
            resolved.featuresSalt ?? 0n,
          );
        if (application.input)
          expected.input_commitment = commitValues(
            SAMPLE.map(BigInt),
            application.input,
            resolved?.inputSalt ?? -1n,
          );
        assert.deepEqual(
          publicSignals,
          names.map(name => (((expected[name] ?? -1n) % r) + r) % r),
        );
      });

      it('hold every public signal in a constraint', () => {
        const { system } = network.lowered;
        assert.equal(checkWitness(system, witness.wires), undefined);
        for (let wire = 1; wire <= system.publicCount; wire++) {
          // Far away: a bit that is no wire of its own may take up a change by 1 of a threshold, and the claim stays true.
          const changed = witness.wires.map((value, index) =>
            index === wire ? (value + (1n << 200n)) % r : value,
          );
          assert.notEqual(checkWitness(system, changed), undefined, `signal ${wire - 1}`);
        }
      });
    });
  }

  it('prove a score at its threshold, and none below', async () => {
    const network = await smallApplication({ kind: 'liveness' });
    const { outputs } = await solve(network, [SAMPLE], { claim: { ...ACCOUNT, threshold: -0.75 } });
    const score = BigInt(outputs[0]?.data[0] ?? 0);
    await solve(network, [SAMPLE], { claim: { ...ACCOUNT, threshold: score } });
    await assertRejectsCode(
      () => solve(network, [SAMPLE], { claim: { ...ACCOUNT, threshold: score + 1n } }),
      'FALSE_CLAIM',
      /^The score is -0\.\d+, below the threshold -0\.\d+; that it reaches it cannot be proved\./,
    );
    const hidden = { ...network, application: undefined } as unknown as ProvableNetwork;
    const values = { address: '1', nonce: '0', threshold: (((score + 1n) % r) + r).toString() };
    await assertRejectsCode(() => solve(hidden, [SAMPLE], { values }), 'EXECUTION_FAILED');
  });

  it('refuse a far picture, and claims where there is no place for them', async () => {
    const network = await smallApplication({ kind: 'proximity' });
    const { features } = enrol(network, [NEAR_SAMPLE]);
    await assertRejectsCode(
      () => solve(network, [FAR_SAMPLE], { claim: { ...ACCOUNT, threshold: 0.5, features } }),
      'FALSE_CLAIM',
    );
    const plain = { ...network, application: undefined } as unknown as ProvableNetwork;
    await assertRejectsCode(
      () => solve(plain, [SAMPLE], { claim: ACCOUNT }),
      'USAGE',
      'The network was compiled without an application, so that a proof has no place for a claim. Compile it with one, or leave the claim out.',
    );
    assertThrowsCode(
      () => enrol({ quantGraph: smallQuantGraph(4) }, [SAMPLE]),
      'USAGE',
      "Features are enrolled for the application 'proximity'; this network has another, or none. Compile it with that application.",
    );
  });
});
