/** The part of snarkjs 0.7.6 that tests and benches use; the package ships no types. */
declare module 'snarkjs' {
  /** A file in memory: read from `data`, or created and left in `data`. */
  export interface MemoryFile {
    readonly type: 'mem';
    data?: Uint8Array;
  }
  export type FileLike = string | Uint8Array | MemoryFile;

  export interface Logger {
    debug(message: string): void;
    info(message: string): void;
    warn(message: string): void;
    error(message: string): void;
  }

  export interface SnarkjsProof {
    readonly pi_a: readonly string[];
    readonly pi_b: readonly (readonly string[])[];
    readonly pi_c: readonly string[];
    readonly protocol: string;
    readonly curve: string;
  }

  export const zKey: {
    /** The circuit hash, or -1 after logging an error. */
    newZKey(r1cs: FileLike, ptau: FileLike, zkey: FileLike, logger?: Logger): Promise<Uint8Array | -1>;
    contribute(
      from: FileLike,
      to: FileLike,
      name: string,
      entropy: string,
      logger?: Logger,
    ): Promise<Uint8Array>;
    beacon(
      from: FileLike,
      to: FileLike,
      name: string,
      beaconHex: string,
      iterationsExponent: number,
      logger?: Logger,
    ): Promise<Uint8Array | false>;
    verifyFromInit(initial: FileLike, ptau: FileLike, zkey: FileLike, logger?: Logger): Promise<boolean>;
    verifyFromR1cs(r1cs: FileLike, ptau: FileLike, zkey: FileLike, logger?: Logger): Promise<boolean>;
    exportVerificationKey(zkey: FileLike, logger?: Logger): Promise<Record<string, unknown>>;
    exportSolidityVerifier(
      zkey: FileLike,
      templates: { readonly groth16: string },
      logger?: Logger,
    ): Promise<string>;
  };

  export const groth16: {
    prove(
      zkey: FileLike,
      wtns: FileLike,
      logger?: Logger,
    ): Promise<{ readonly proof: SnarkjsProof; readonly publicSignals: readonly string[] }>;
    verify(key: unknown, publicSignals: readonly string[], proof: unknown, logger?: Logger): Promise<boolean>;
    exportSolidityCallData(proof: unknown, publicSignals: readonly string[]): Promise<string>;
  };

  export const r1cs: {
    info(r1cs: FileLike, logger?: Logger): Promise<Record<string, unknown>>;
  };

  export const wtns: {
    check(r1cs: FileLike, wtns: FileLike, logger?: Logger): Promise<boolean>;
  };

  export const powersOfTau: {
    newAccumulator(curve: unknown, power: number, file: FileLike, logger?: Logger): Promise<Uint8Array>;
    contribute(
      from: FileLike,
      to: FileLike,
      name: string,
      entropy: string,
      logger?: Logger,
    ): Promise<unknown>;
    beacon(
      from: FileLike,
      to: FileLike,
      name: string,
      beacon: string,
      iterationsExponent: number,
      logger?: Logger,
    ): Promise<unknown>;
    verify(ptau: FileLike, logger?: Logger): Promise<boolean>;
    preparePhase2(from: FileLike, to: FileLike, logger?: Logger): Promise<void>;
    verify(file: FileLike, logger?: Logger): Promise<boolean>;
  };
}
