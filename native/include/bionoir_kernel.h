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
#define BK_ABI_VERSION 1u
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
  BK_MALFORMED_PROOF = 10   /* a point of a proof is not on its curve or not in its subgroup */
} bk_status;

typedef struct bk_error {
  char message[BK_MESSAGE_MAX]; /* zero-terminated */
} bk_error;

/* Instruction sets, each giving the same bytes. */
typedef enum bk_path {
  BK_PATH_BEST = 0,     /* the fastest one this processor has */
  BK_PATH_PORTABLE = 1, /* C++ with 128-bit products */
  BK_PATH_ADX = 2,      /* x86-64 with BMI2 and ADX */
  BK_PATH_IFMA = 3      /* x86-64 with AVX-512 F, DQ, VL and IFMA, and ADX */
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

/* ---- Parts, for tests and micro benches. Points are trusted to be on the curve. ---- */

typedef enum bk_group { BK_G1 = 1, BK_G2 = 2 } bk_group;
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
