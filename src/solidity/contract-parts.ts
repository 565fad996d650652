/** What the verifier contracts of all proof systems are put together from. */
import type { SignalSpan } from '../applications/index.ts';
import { BionoirError } from '../errors.ts';
import type { G1Point, G2Point } from '../kernel/types.ts';

/**
 * Code grows by 64 bytes a signal, from about 1.7 KB, and EIP-170 allows 24 576 bytes. A call costs about 6 900 gas a signal
 * anyway: more values belong behind one hash.
 */
export const PUBLIC_SIGNALS_MAX = 350;

/** @throws BionoirError INVALID_NAME unless it is a contract's name. */
export function checkName(name: string): void {
  if (!/^[A-Z][A-Za-z0-9_]{0,63}$/.test(name)) {
    throw new BionoirError(
      'INVALID_NAME',
      `The contract's name "${name}" is not a capital letter followed by up to 63 letters, digits and underscores. Choose another.`,
      { details: { name } },
    );
  }
}

/** @throws BionoirError UNSUPPORTED_OPTION when a contract has no room for so many signals. */
export function checkPublicCount(publicCount: number): void {
  if (publicCount > PUBLIC_SIGNALS_MAX) {
    throw new BionoirError(
      'UNSUPPORTED_OPTION',
      `The verification key has ${publicCount} public signals; a contract has room for ${PUBLIC_SIGNALS_MAX}. Publish the argmax, or a hash of the outputs, instead of all of them.`,
      { details: { publicCount, max: PUBLIC_SIGNALS_MAX } },
    );
  }
}

/** The doc of the signals: what each is, where that is known. @throws BionoirError INVALID_NAME, UNSUPPORTED_OPTION */
export function signalsDoc(publicCount: number, spans: readonly SignalSpan[] = []): string {
  if (publicCount === 0) return '';
  const lines = ['    /// @param signals The public signals, each below R.'];
  let first = 0;
  for (const { name, count } of spans) {
    // Names stand in comments of a source file that people compile.
    if (!/^[\w .[\]]{1,200}$/.test(name)) throw misnamed(name);
    const last = first + count - 1;
    if (count > 0) lines.push(`    ///   [${first}${last > first ? `..${last}` : ''}] ${name}`);
    first += count;
  }
  if (spans.length > 0 && first !== publicCount) throw miscounted(first, publicCount);
  return `${lines.join('\n')}\n`;
}

function misnamed(name: string): BionoirError {
  return new BionoirError(
    'INVALID_NAME',
    `The public signal ${JSON.stringify(name.slice(0, 40))} has no name of letters, digits, spaces, dots and brackets. Name it otherwise.`,
    { details: { name } },
  );
}

function miscounted(named: number, publicCount: number): BionoirError {
  return new BionoirError(
    'UNSUPPORTED_OPTION',
    `${named} public signals are named; the verification key has ${publicCount}. Name all of them, or none.`,
    { details: { named, publicCount } },
  );
}

/** The coordinates of a G1 point as constants. */
export function g1Constants(name: string, [x, y]: G1Point): string {
  return `    uint256 private constant ${name}_X = ${x};
    uint256 private constant ${name}_Y = ${y};`;
}

/** The coordinates of a G2 point as constants, imaginary part first. */
export function g2Constants(name: string, [x, y]: G2Point): string {
  return `    uint256 private constant ${name}_X1 = ${x[1]};
    uint256 private constant ${name}_X0 = ${x[0]};
    uint256 private constant ${name}_Y1 = ${y[1]};
    uint256 private constant ${name}_Y0 = ${y[0]};`;
}

/** IC_0 as constants, the other points as bytes. */
export function icConstants(ic: readonly G1Point[]): string {
  const [first, ...rest] = ic as readonly [G1Point, ...G1Point[]];
  const base = g1Constants('IC0', first);
  if (rest.length === 0) return base;
  const lines = rest.map(point => `        hex"${point.map(hex64).join('')}"`);
  return `${base}
    /// IC_1, IC_2, ...: 64 bytes each, x then y, big-endian.
    bytes private constant IC =
${lines.join('\n')};`;
}

/** 32 bytes in hexadecimal. */
export function hex64(value: bigint): string {
  return value.toString(16).padStart(64, '0');
}

/** The function that calls a precompile. */
export function callPrecompile(): string {
  return `
    /// Calls a precompile on memory. False if it fails (a coordinate not below Q, a point off the curve or outside of the
    /// group, too little gas), and also if it returns nothing, as on a chain that does not have it.
    function callPrecompile(uint256 precompile, uint256 inputAt, uint256 inputBytes, uint256 outputAt, uint256 outputBytes)
        private
        view
        returns (bool ok)
    {
        assembly ("memory-safe") {
            ok := staticcall(gas(), precompile, inputAt, inputBytes, outputAt, outputBytes)
            ok := and(ok, eq(returndatasize(), outputBytes))
        }
    }
`;
}
