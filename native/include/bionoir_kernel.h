/*
 * bionoir proving kernel: Groth16 over BN254, C interface.
 *
 * Conventions
 *  - Argument order: context, outputs, in-outs, inputs; a length follows its array. No pointer may overlap another
 *    argument of the same call. Inputs are only read, and only during the call; they need no alignment.
 *  - A field element is 32 bytes, little-endian, canonical (below its prime), not Montgomery.
 *  - A G1 point is x, y (64 bytes); a G2 point x.c0, x.c1, y.c0, y.c1 (128 bytes); infinity is all zeros.
 *  - Every function that can fail returns a bk_status and, when `error` is not NULL, writes a message there.
 *    Outputs are written only on BK_OK.
 *  - A kernel may be used by several threads at once; so may a key. bk_close and bk_key_release must be the last use.
 *    Long calls work on the calling thread and the kernel's own threads; progress is reported on the calling thread.
 *  - No function throws, exits, prints or keeps global state.
 */
#ifndef BIONOIR_KERNEL_H
#define BIONOIR_KERNEL_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Changes whenever a declaration below does. */
#define BK_ABI_VERSION 3u
#define BK_MESSAGE_MAX 240

typedef enum bk_status {
  BK_OK = 0,
  BK_BAD_ARGUMENT = 1,      /* a length, a NULL or a field element out of range */
  BK_MALFORMED_KEY = 2,     /* the bytes of a .zkey, or a point of a verification key */
  BK_MALFORMED_WITNESS = 3, /* length, a value not below r, or a first value that is not 1 */
  BK_MALFORMED_R1CS = 4,    /* the bytes of a .r1cs */
  BK_NO_MEMORY = 5,
  BK_CANCELLED = 6,         /* *cancel became nonzero */
  BK_UNSUPPORTED_PATH = 7,  /* this processor lacks the instructions asked for */
  BK_NO_RANDOMNESS = 8,     /* the operating system gave no random bytes */
  BK_INTERNAL = 9,
  BK_MALFORMED_PROOF = 10,  /* a point of a proof is not on its curve or not in its subgroup */
  BK_MALFORMED_PROGRAM = 12, /* the bytes of a .bwp */
  BK_MALFORMED_POINT = 11   /* a point handed to a ceremony function: coordinate not below q, or off its curve or subgroup */
} bk_status;

typedef struct bk_error {
  char message[BK_MESSAGE_MAX]; /* zero-terminated */
} bk_error;

/* Instruction sets, each giving the same bytes. */
typedef enum bk_path {
  BK_PATH_BEST = 0,     /* the fastest one this processor has */
  BK_PATH_PORTABLE = 1, /* C++ with 128-bit products */
  BK_PATH_ADX = 2,      /* x86-64 with BMI2 and ADX */
  BK_PATH_IFMA = 3,     /* x86-64 with AVX-512 F, DQ, VL and IFMA, and ADX */
  BK_PATH_SIMD128 = 4   /* WebAssembly with 128-bit vectors */
} bk_path;

typedef struct bk_kernel bk_kernel;
typedef struct bk_key bk_key;

/* `fraction` runs from 0 to 1 inside one step. Called on the thread that made the call. */
typedef void (*bk_progress)(void* context, const char* step, double fraction);

/* How a long call is watched; all zero (or a NULL pointer to it) for not at all. */
typedef struct bk_supervision {
  const volatile int32_t* cancel; /* polled between the tasks that a call is cut into */
  bk_progress progress;
  void* context;
} bk_supervision;

uint32_t bk_abi_version(void);

/* Opens a kernel. `threads` counts the caller's: 1 starts none; 0 means one for each processor. */
bk_status bk_open(bk_kernel** out, bk_error* error, bk_path path, uint32_t threads);
void bk_close(bk_kernel* kernel);
/* The path in use: never BK_PATH_BEST. */
bk_path bk_kernel_path(const bk_kernel* kernel);
uint32_t bk_kernel_threads(const bk_kernel* kernel);

/*
 * Reads a Groth16 .zkey (iden3 binary, version 1): every count, coordinate, coefficient and curve equation is checked.
 * The key keeps nothing of `zkey`.
 */
bk_status bk_key_load(bk_kernel* kernel, bk_key** out, bk_error* error, const uint8_t* zkey, size_t zkey_length,
                      const bk_supervision* supervision);

/* Where bk_key_open found a key. */
typedef enum bk_key_source {
  BK_KEY_FROM_FILE = 0,            /* in the .zkey; no cache was asked for, or none could be written */
  BK_KEY_FROM_FILE_AND_CACHED = 1, /* in the .zkey, and the cache was written */
  BK_KEY_FROM_CACHE = 2
} bk_key_source;

/*
 * The same from a file, which is mapped and never wholly in memory; it must not be cut short meanwhile. `cache`, unless
 * NULL, names a file that holds the key in the kernel's own form, for this path only: it is used when it belongs to the
 * .zkey (size, time, sampled hash) and is sound, and written otherwise, at once or not at all. Not on every system:
 * BK_BAD_ARGUMENT where files cannot be mapped, and where `path` cannot be read.
 */
bk_status bk_key_open(bk_kernel* kernel, bk_key** out, bk_key_source* source, bk_error* error, const char* path,
                      const char* cache, const bk_supervision* supervision);
void bk_key_release(bk_key* key);
uint32_t bk_key_wires(const bk_key* key);  /* the constant one included */
uint32_t bk_key_public(const bk_key* key); /* the constant one not included */

/*
 * Proves. `witness`: bk_key_wires values, the first of them 1. Whether it satisfies the circuit is not checked.
 * `blinding`: r then s; NULL draws both from the operating system. `proof`: A (64), B (128), C (64).
 */
bk_status bk_prove(bk_kernel* kernel, const bk_key* key, uint8_t proof[256], bk_error* error, const uint8_t* witness,
                   size_t witness_length, const uint8_t* blinding, const bk_supervision* supervision);

/*
 * Single-party set-up: the .zkey of the circuit in `r1cs` for tau, alpha, beta, delta (32 bytes each, in this order,
 * none of them 0); gamma is 1. *zkey is released with bk_free.
 */
bk_status bk_setup(bk_kernel* kernel, uint8_t** zkey, size_t* zkey_length, bk_error* error, const uint8_t* r1cs,
                   size_t r1cs_length, const uint8_t secrets[128], const bk_supervision* supervision);
void bk_free(uint8_t* bytes);

/*
 * Verifies `count` proofs of one key at once. `key`: alpha (64), beta, gamma, delta (128 each), then public_count + 1
 * points of 64. `publics`: count * public_count values; `proofs`: count * 256 bytes. *valid becomes 1 when every pairing
 * equation holds, else 0. More than one proof is checked as a random combination. Each point must be on its curve and in
 * its subgroup: BK_MALFORMED_KEY, BK_MALFORMED_PROOF.
 */
bk_status bk_verify(bk_kernel* kernel, int32_t* valid, bk_error* error, const uint8_t* key, size_t key_length,
                    const uint8_t* publics, size_t publics_length, const uint8_t* proofs, size_t proofs_length);

/*
 * ---- UltraGroth: private wires in two rounds, challenges between them; see docs/ultragroth.md ----
 *
 * No function of this part asks the operating system for randomness but bk_ultra_verify of more than one proof.
 * Key and proof of bk_ultra_verify are those of bk_verify with two deltas (round 1's first) in the place of delta and two
 * points C1, C2 (64 each) in the place of C; `inputs` are the public inputs, then the challenges.
 */
typedef struct bk_ultra_key bk_ultra_key;

/* As bk_setup, for a system with rounds; `secrets`: tau, alpha, beta, delta of round 2, delta of round 1. */
bk_status bk_ultra_setup(bk_kernel* kernel, uint8_t** zkey, size_t* zkey_length, bk_error* error, const uint8_t* r1cs,
                         size_t r1cs_length, const uint8_t secrets[160], const bk_supervision* supervision);

bk_status bk_ultra_key_load(bk_kernel* kernel, bk_ultra_key** out, bk_error* error, const uint8_t* zkey, size_t zkey_length,
                            const bk_supervision* supervision);
void bk_ultra_key_release(bk_ultra_key* key);
/* Wires with the constant one, public wires without it and without challenges, challenges, wires of round 1. */
void bk_ultra_key_shape(const bk_ultra_key* key, uint32_t shape[4]);

/* C1 for the values of round 1's wires; `rho` is uniform below r, secret, and goes to bk_ultra_prove as well. */
bk_status bk_ultra_commit(bk_kernel* kernel, const bk_ultra_key* key, uint8_t commitment[64], bk_error* error,
                          const uint8_t* round_one, size_t round_one_length, const uint8_t rho[32],
                          const bk_supervision* supervision);
/* A (64), B (128), C2 (64) for all wires, challenges included; `blinding`: rho, r, s, each uniform below r. */
bk_status bk_ultra_prove(bk_kernel* kernel, const bk_ultra_key* key, uint8_t proof[256], bk_error* error,
                         const uint8_t* witness, size_t witness_length, const uint8_t blinding[96],
                         const bk_supervision* supervision);

bk_status bk_ultra_verify(bk_kernel* kernel, int32_t* valid, bk_error* error, const uint8_t* key, size_t key_length,
                          const uint8_t* inputs, size_t inputs_length, const uint8_t* proofs, size_t proofs_length);

/*
 * ---- Witnesses: a compiled program (.bwp, docs/witness.md) takes inputs to every wire. ----
 * A program is checked wholly when it is loaded, and may serve several calls at once; a solution serves one at a time, and
 * not longer than its kernel.
 */
typedef struct bk_witness_program bk_witness_program;
typedef struct bk_solution bk_solution;

bk_status bk_witness_load(bk_kernel* kernel, bk_witness_program** out, bk_error* error, const uint8_t* program,
                          size_t program_length);
void bk_witness_release(bk_witness_program* program);
/* Inputs, wires, challenges; slots and cells, eight bytes each while a witness is solved, beside the wires. */
void bk_witness_shape(const bk_witness_program* program, uint32_t shape[5]);
/*
 * Runs the program on `inputs`, 32 bytes each, and solves all wires but those that wait for challenges. A program that stops
 * (an assertion, an index, the limit of unconstrained instructions: low word first) gives a solution as well: ask
 * bk_solution_stop. `keep_frames`: whether bk_solution_frames will be asked.
 */
bk_status bk_witness_solve(bk_kernel* kernel, const bk_witness_program* program, bk_solution** out, bk_error* error,
                           const uint8_t* inputs, size_t inputs_length, const uint32_t step_limit[2], uint32_t keep_frames,
                           const bk_supervision* supervision);
void bk_solution_release(bk_solution* solution);
/*
 * Why the program stopped: 0 words when it did not; else the reason, the function, the unconstrained function (or 2^32 - 1),
 * how many ACIR opcodes follow (outermost call first), these, then the instructions of the unconstrained function, outermost
 * first. No more than `capacity` words are written.
 */
uint32_t bk_solution_stop(const bk_solution* solution, uint32_t* record, uint32_t capacity);
/* How many bytes bk_solution_wires writes. */
size_t bk_solution_size(const bk_solution* solution);
/* All wires, 32 bytes each: without challenges those of round 1, others 0; with challenges all. */
bk_status bk_solution_wires(bk_solution* solution, uint8_t* wires, bk_error* error, const uint8_t* challenges,
                            size_t challenges_length);
/*
 * The frames that were kept, callees before callers: their number, then of each its function, the number of its witnesses,
 * and of each witness its index and 32 bytes. *frames is released with bk_free.
 */
bk_status bk_solution_frames(const bk_solution* solution, uint8_t** frames, size_t* frames_length, bk_error* error);

/*
 * ---- What ceremonies are made of. ----
 * Points are as in iden3 files ("file form"): each coordinate times 2^256 mod q, G2 as x.c0, x.c1, y.c0, y.c1, infinity all
 * zeros. Each point read is checked to be below q and on its curve: BK_MALFORMED_POINT. G1 has prime order; membership of
 * G2 is checked where it is said. Scalars are 32 bytes, little-endian, below r: BK_BAD_ARGUMENT.
 */

typedef enum bk_group { BK_G1 = 1, BK_G2 = 2 } bk_group;

/* out[i] = scalar * points[i] in G1. Which additions are made does not depend on the scalar; which places are read does. */
bk_status bk_points_scale(bk_kernel* kernel, uint8_t* out, bk_error* error, const uint8_t* points, size_t count,
                          const uint8_t scalar[32], const bk_supervision* supervision);
/* out = scalar * point; the sequence of operations does not depend on the scalar. */
bk_status bk_point_multiply(bk_kernel* kernel, uint8_t* out, bk_error* error, bk_group group, const uint8_t* point,
                            const uint8_t scalar[32]);
/* out = sum of scalars[i] points[i]; a scalar takes `scalar_bytes` bytes, 16 or 32. */
bk_status bk_points_combine(bk_kernel* kernel, uint8_t* out, bk_error* error, bk_group group, const uint8_t* points,
                            const uint8_t* scalars, size_t scalar_bytes, size_t count, const bk_supervision* supervision);
/*
 * Whether all points of G2 are in the subgroup of order r (BK_MALFORMED_POINT if not). `seed`: 32 bytes that nobody who made
 * the points could foresee; many points are checked by random combinations, and a false one passes with probability 2^-130.
 */
bk_status bk_points_check_subgroup(bk_kernel* kernel, bk_error* error, const uint8_t* points, size_t count,
                                   const uint8_t seed[32], const bk_supervision* supervision);
/* *valid becomes 1 when the product of e(g1[i], g2[i]) is one, else 0. Checks the subgroup of each. */
bk_status bk_pairing_check(bk_kernel* kernel, int32_t* valid, bk_error* error, const uint8_t* g1, const uint8_t* g2,
                           size_t count);

/* BLAKE2b-512 under way, in the layout that .ptau files store it in. */
#define BK_HASH_BYTES 216
void bk_hash_open(uint8_t state[BK_HASH_BYTES]);
bk_status bk_hash_update(uint8_t state[BK_HASH_BYTES], bk_error* error, const uint8_t* bytes, size_t length);
/* The same for `times` copies of `bytes`. */
bk_status bk_hash_repeat(uint8_t state[BK_HASH_BYTES], bk_error* error, const uint8_t* bytes, size_t length, uint64_t times,
                         const bk_supervision* supervision);
/* Points go into hashes as big-endian x, y, not Montgomery, G2 as x.c1, x.c0, y.c1, y.c0. They are not checked here. */
bk_status bk_hash_points(bk_kernel* kernel, uint8_t state[BK_HASH_BYTES], bk_error* error, bk_group group,
                         const uint8_t* points, size_t count);
bk_status bk_hash_close(uint8_t state[BK_HASH_BYTES], bk_error* error, uint8_t out[64]);
/* SHA-256 applied 2^exponent times, exponent at most 63: the beacon's delay. */
bk_status bk_hash_beacon(uint8_t out[32], bk_error* error, const uint8_t* beacon, size_t length, uint32_t exponent,
                         const bk_supervision* supervision);
/* What snarkjs derives from 32 bytes by ChaCha: a point of G2; or `count` scalars, then `count` points of G1. */
bk_status bk_derive_g2(bk_kernel* kernel, uint8_t point[128], bk_error* error, const uint8_t seed[32]);
bk_status bk_derive_keys(bk_kernel* kernel, uint8_t* scalars, uint8_t* points, bk_error* error, const uint8_t seed[32],
                         size_t count);

/*
 * Scalars that move a combination between bases, 2^power of them, in place.
 * Dual: values[i] becomes sum over j of values[j] w^(-i j) / N, so that sum of old[j] L_j(tau) = sum of new[i] tau^i.
 * Odd: values[j] becomes sum over i of values[i] (-2 w_2N^i) w^(i j), so that sum of old[i] (tau^(i + N) - tau^i) =
 * sum of new[j] L_(2j+1)(tau), with L over the 2N-th roots of unity.
 */
bk_status bk_lagrange_dual(bk_kernel* kernel, uint8_t* values, bk_error* error, uint32_t power);
bk_status bk_lagrange_odd(bk_kernel* kernel, uint8_t* values, bk_error* error, uint32_t power);

/* Parts of a prepared .ptau, N = 2^power, as they lie in it. */
typedef struct bk_powers {
  uint32_t power;
  const uint8_t* lagrange_tau_g1;   /* N */
  const uint8_t* lagrange_tau_g2;   /* N */
  const uint8_t* lagrange_alpha_g1; /* N */
  const uint8_t* lagrange_beta_g1;  /* N */
  const uint8_t* lagrange_double;   /* 2N points for the domain of 2N, of which the odd ones are used */
  const uint8_t* tau_g1;            /* 2N points tau^i; the last is not checked, and not used while N <= 2^14 */
  const uint8_t* alpha_g1;          /* 1 */
  const uint8_t* beta_g1;           /* 1 */
  const uint8_t* beta_g2;           /* 1 */
} bk_powers;
/*
 * The initial .zkey of the circuit in `r1cs`, byte for byte snarkjs' "zkey new": gamma and delta are 1, no contribution.
 * BK_BAD_ARGUMENT when `powers->power` is not that of the circuit: the least with 2^power above constraints + public wires.
 */
bk_status bk_setup_powers(bk_kernel* kernel, uint8_t** zkey, size_t* zkey_length, bk_error* error, const uint8_t* r1cs,
                          size_t r1cs_length, const bk_powers* powers, const bk_supervision* supervision);

/* ---- Parts, for tests and micro benches. Points are trusted to be on the curve. ---- */

typedef enum bk_field { BK_FQ = 1, BK_FR = 2 } bk_field;
typedef enum bk_operation { BK_ADD = 0, BK_SUB = 1, BK_MUL = 2, BK_SQR = 3, BK_INVERSE = 4 } bk_operation;

/* out[i] = left[i] op right[i] for `count` elements; `right` is ignored by BK_SQR and BK_INVERSE. Runs on lanes. */
bk_status bk_field_map(bk_kernel* kernel, uint8_t* out, bk_error* error, bk_field field, bk_operation operation,
                       const uint8_t* left, const uint8_t* right, size_t count);
/* out = sum of scalars[i] points[i]. */
bk_status bk_msm(bk_kernel* kernel, uint8_t* out, bk_error* error, bk_group group, const uint8_t* points,
                 const uint8_t* scalars, size_t count);
/* out[i] = scalars[i] G, by fixed-base windows. */
bk_status bk_multiply_generator(bk_kernel* kernel, uint8_t* out, bk_error* error, bk_group group, const uint8_t* scalars,
                                size_t count);
/* values[j] becomes the sum of values[i] w^(i j), w = 5^((r - 1) / 2^power), in natural order; 2^power values. */
bk_status bk_transform(bk_kernel* kernel, uint8_t* values, bk_error* error, uint32_t power);

#ifdef __cplusplus
}
#endif
#endif
