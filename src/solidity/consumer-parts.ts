/** What the consumer contracts of all applications are put together from. */
import { BN254_SCALAR_PRIME } from '../field/index.ts';

/** The proof system whose verifier is called: its points differ. */
export type ConsumerProofSystem = 'groth16' | 'ultragroth';

const POINTS: Readonly<Record<ConsumerProofSystem, readonly (readonly [type: string, name: string])[]>> = {
  groth16: [
    ['uint256[2]', 'a'],
    ['uint256[2][2]', 'b'],
    ['uint256[2]', 'c'],
  ],
  ultragroth: [
    ['uint256[2]', 'a'],
    ['uint256[2][2]', 'b'],
    ['uint256[2]', 'c1'],
    ['uint256[2]', 'c2'],
  ],
};

/** Parameters of `verifyProof`, which consumers share: points, then signals. */
export function proofParameters(system: ConsumerProofSystem, signalCount: number): string {
  const points = POINTS[system].map(([type, name]) => `        ${type} calldata ${name},\n`);
  return `${points.join('')}        uint256[${signalCount}] calldata signals`;
}

/** The call of the verifier. */
export function verifierCall(system: ConsumerProofSystem): string {
  return `verifier.verifyProof(${POINTS[system].map(([, name]) => name).join(', ')}, signals)`;
}

/** Licence, compiler version, and the verifier's interface. */
export function fileHead(system: ConsumerProofSystem, signalCount: number): string {
  return `// SPDX-License-Identifier: MIT
pragma solidity >=0.8.20 <0.9.0;

/// The verifier contract that bionoir generated for the network.
interface IVerifier {
    function verifyProof(
${proofParameters(system, signalCount)}
    ) external view returns (bool);
}
`;
}

/** State, errors and functions that bind a proof to its sender and use each nonce once. */
export function accountParts(signalCount: number): string {
  return `
    /// Order of the field: a public signal is below it, or it would be an alias of another one.
    uint256 private constant R = ${BN254_SCALAR_PRIME};

    error SignalOutOfField(uint256 index);
    error NotTheSender(uint256 address_);
    error WrongNonce(uint256 expected);
    error FalseProof();

    /// How many proofs of an account were accepted.
    mapping(address => uint256) private acceptedCount;

    /// @notice The nonce that the account's next proof must have. It depends on chain and contract, so that a proof made
    /// for one consumer is of no use to another; it is below 2^248, which is below R.
    function nextNonce(address account) public view returns (uint256) {
        return uint256(keccak256(abi.encode(block.chainid, address(this), account, acceptedCount[account]))) >> 8;
    }

    /// Checks that the proof is the sender's own and new, and uses up its nonce.
    function consume(uint256[${signalCount}] calldata signals) private {
        for (uint256 i = 0; i < ${signalCount}; i++) {
            if (signals[i] >= R) revert SignalOutOfField(i);
        }
        if (signals[0] != uint256(uint160(msg.sender))) revert NotTheSender(signals[0]);
        uint256 expected = nextNonce(msg.sender);
        if (signals[1] != expected) revert WrongNonce(expected);
        acceptedCount[msg.sender]++;
    }
`;
}

/** The function that reads a field element as a signed integer. */
export function signedPart(): string {
  return `
    /// The integer that a field element below R stands for: the upper half are the negative numbers.
    function toSigned(uint256 element) private pure returns (int256) {
        return element <= R / 2 ? int256(element) : int256(element) - int256(R);
    }
`;
}
