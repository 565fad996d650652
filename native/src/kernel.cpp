// The C border: argument checks, the choice of the engine, and every exception turned into a status.
#include "border.h"
#include "modulus.h"

#if defined(__linux__)
#include <sys/random.h>
#elif defined(__APPLE__)
#include <unistd.h>
#include <sys/random.h>
#elif BIONOIR_WASM
#include "wasm_host.h"
#endif

using namespace bionoir;

namespace {

bool supports(bk_path path) {
  if (path == BK_PATH_PORTABLE) return true;
#if BIONOIR_WASM
  if (path == BK_PATH_SIMD128) return true;  // or the host would have refused the module
#endif
#if BIONOIR_X86
  __builtin_cpu_init();
  // ADX has no name in older compilers' __builtin_cpu_supports: read CPUID leaf 7, EBX bits 8 (BMI2) and 19 (ADX).
  u32 a = 7, b, c = 0, d;
  __asm__("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
  const bool adx = (b >> 8 & 1) != 0 && (b >> 19 & 1) != 0 && __builtin_cpu_supports("bmi2");
  if (path == BK_PATH_ADX) return adx;
  if (path == BK_PATH_IFMA)
    return adx && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
           __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512ifma");
#endif
  return false;
}

const Engine* engineOf(bk_path path) {
#if BIONOIR_X86
  if (path == BK_PATH_IFMA) return &ifmaEngine();
  if (path == BK_PATH_ADX) return &adxEngine();
#elif BIONOIR_WASM
  if (path == BK_PATH_SIMD128) return &simd128Engine();
#else
  (void)path;
#endif
  return &portableEngine();
}

// Uniform below r, by rejection.
void randomScalar(u8 out[32]) {
  do {
    randomBytes(out, 32);
    out[31] &= 0x3f;
  } while ([&] {
    Words w;
    std::memcpy(w.w, out, 32);
    return !lessThan(w, ModR::P);
  }());
}

}  // namespace

namespace bionoir {

void verifyProofs(bk_kernel* kernel, std::size_t rounds, int32_t* valid, Span key, Span publics, Span proofs) {
  need(kernel != nullptr && valid != nullptr && key.data != nullptr && proofs.data != nullptr &&
           (publics.data != nullptr || publics.size == 0),
       "an argument is NULL");
  const std::size_t count = proofs.size / (192 + 64 * rounds);
  std::vector<u8> weights;
  if (count > 1) {
    weights.resize(16 * count);
    randomBytes(weights.data(), weights.size());
  }
  *valid = kernel->engine->verify(kernel->pool, rounds, key.data, key.size, publics.data, publics.size, proofs.data,
                                  proofs.size, weights.data());
}

void randomBytes(u8* out, std::size_t size) {
#if defined(__linux__)
  while (size > 0) {
    const ssize_t got = getrandom(out, size, 0);
    if (got <= 0) fail(BK_NO_RANDOMNESS, "the operating system gave no random bytes");
    out += got;
    size -= static_cast<std::size_t>(got);
  }
#elif defined(__APPLE__)
  for (; size > 0;) {
    const std::size_t part = size < 256 ? size : 256;
    if (getentropy(out, part) != 0) fail(BK_NO_RANDOMNESS, "the operating system gave no random bytes");
    out += part;
    size -= part;
  }
#elif BIONOIR_WASM
  if (hostRandom(out, size) == 0) fail(BK_NO_RANDOMNESS, "the host gave no random bytes");
#else
  (void)out;
  (void)size;
  fail(BK_NO_RANDOMNESS, "no source of randomness is known on this system; pass the random values");
#endif
}

}  // namespace bionoir

extern "C" {

uint32_t bk_abi_version(void) { return BK_ABI_VERSION; }

bk_status bk_open(bk_kernel** out, bk_error* error, bk_path path, uint32_t threads) {
  return guarded(error, [&] {
    need(out != nullptr, "out is NULL");
    need(path >= BK_PATH_BEST && path <= BK_PATH_SIMD128, "the path is none of bk_path");
    need(threads <= 1024, "more than 1024 threads");
    bk_path chosen = path;
    if (path == BK_PATH_BEST) {
      chosen = BK_PATH_PORTABLE;
      for (const bk_path candidate : {BK_PATH_SIMD128, BK_PATH_IFMA, BK_PATH_ADX})
        if (chosen == BK_PATH_PORTABLE && supports(candidate)) chosen = candidate;
    } else if (!supports(path)) {
      fail(BK_UNSUPPORTED_PATH, "this processor has not the instructions of path %s",
           path == BK_PATH_ADX ? "adx" : path == BK_PATH_IFMA ? "ifma" : "simd128");
    }
    unsigned count = threads == 0 ? std::thread::hardware_concurrency() : threads;
    if (count == 0) count = 1;
    *out = new bk_kernel(engineOf(chosen), chosen, count);
  });
}

void bk_close(bk_kernel* kernel) { delete kernel; }
bk_path bk_kernel_path(const bk_kernel* kernel) { return kernel->path; }
uint32_t bk_kernel_threads(const bk_kernel* kernel) { return kernel->pool.threads(); }

bk_status bk_key_load(bk_kernel* kernel, bk_key** out, bk_error* error, const uint8_t* zkey, size_t zkey_length,
                      const bk_supervision* supervision) {
  return guarded(error, [&] {
    need(kernel != nullptr && out != nullptr && (zkey != nullptr || zkey_length == 0), "an argument is NULL");
    auto data = kernel->engine->loadKey(kernel->pool, watched(supervision), zkey, zkey_length);
    *out = new bk_key{std::move(data), kernel->engine};
  });
}
bk_status bk_key_open(bk_kernel* kernel, bk_key** out, bk_key_source* source, bk_error* error, const char* path,
                      const char* cache, const bk_supervision* supervision) {
  return guarded(error, [&] {
    need(kernel != nullptr && out != nullptr && source != nullptr && path != nullptr, "an argument is NULL");
    auto data = kernel->engine->openKey(kernel->pool, watched(supervision), path, cache, *source);
    *out = new bk_key{std::move(data), kernel->engine};
  });
}
void bk_key_release(bk_key* key) { delete key; }
uint32_t bk_key_wires(const bk_key* key) { return key->data->wires; }
uint32_t bk_key_public(const bk_key* key) { return key->data->publics; }

bk_status bk_prove(bk_kernel* kernel, const bk_key* key, uint8_t proof[256], bk_error* error, const uint8_t* witness,
                   size_t witness_length, const uint8_t* blinding, const bk_supervision* supervision) {
  return guarded(error, [&] {
    need(kernel != nullptr && key != nullptr && proof != nullptr && (witness != nullptr || witness_length == 0),
         "an argument is NULL");
    need(key->engine == kernel->engine, "the key was loaded by a kernel of another path");
    u8 scalars[64];
    if (blinding != nullptr) {
      std::memcpy(scalars, blinding, 64);
    } else {
      randomScalar(scalars);
      randomScalar(scalars + 32);
    }
    struct Wiper {
      u8* scalars;
      ~Wiper() { wipe(scalars, 64); }
    } const wiper{scalars};
    u8 result[256];
    kernel->engine->prove(kernel->pool, watched(supervision), *key->data, result, witness, witness_length, scalars);
    std::memcpy(proof, result, 256);
  });
}

bk_status bk_setup(bk_kernel* kernel, uint8_t** zkey, size_t* zkey_length, bk_error* error, const uint8_t* r1cs,
                   size_t r1cs_length, const uint8_t secrets[128], const bk_supervision* supervision) {
  return guarded(error, [&] {
    need(kernel != nullptr && zkey != nullptr && zkey_length != nullptr && (r1cs != nullptr || r1cs_length == 0) &&
             secrets != nullptr,
         "an argument is NULL");
    const OwnedBytes bytes = kernel->engine->setup(kernel->pool, watched(supervision), r1cs, r1cs_length, secrets, false);
    *zkey = bytes.data;
    *zkey_length = bytes.size;
  });
}
void bk_free(uint8_t* bytes) { std::free(bytes); }

bk_status bk_verify(bk_kernel* kernel, int32_t* valid, bk_error* error, const uint8_t* key, size_t key_length,
                    const uint8_t* publics, size_t publics_length, const uint8_t* proofs, size_t proofs_length) {
  return guarded(error, [&] {
    verifyProofs(kernel, 1, valid, {key, key_length}, {publics, publics_length}, {proofs, proofs_length});
  });
}

bk_status bk_field_map(bk_kernel* kernel, uint8_t* out, bk_error* error, bk_field field, bk_operation operation,
                       const uint8_t* left, const uint8_t* right, size_t count) {
  return guarded(error, [&] {
    need(kernel != nullptr && (count == 0 || (out != nullptr && left != nullptr)), "an argument is NULL");
    need(field == BK_FQ || field == BK_FR, "the field is none of bk_field");
    need(operation >= BK_ADD && operation <= BK_INVERSE, "the operation is none of bk_operation");
    need(operation >= BK_SQR || count == 0 || right != nullptr, "an argument is NULL");
    kernel->engine->fieldMap(out, field, operation, left, right, count);
  });
}

bk_status bk_msm(bk_kernel* kernel, uint8_t* out, bk_error* error, bk_group group, const uint8_t* points,
                 const uint8_t* scalars, size_t count) {
  return guarded(error, [&] {
    need(kernel != nullptr && out != nullptr && (count == 0 || (points != nullptr && scalars != nullptr)), "an argument is NULL");
    need(group == BK_G1 || group == BK_G2, "the group is none of bk_group");
    need(count < (size_t{1} << 30), "2^30 points or more");
    kernel->engine->msm(kernel->pool, out, group, points, scalars, count);
  });
}

bk_status bk_multiply_generator(bk_kernel* kernel, uint8_t* out, bk_error* error, bk_group group, const uint8_t* scalars,
                                size_t count) {
  return guarded(error, [&] {
    need(kernel != nullptr && (count == 0 || (out != nullptr && scalars != nullptr)), "an argument is NULL");
    need(group == BK_G1 || group == BK_G2, "the group is none of bk_group");
    need(count < (size_t{1} << 30), "2^30 scalars or more");
    kernel->engine->multiplyGenerator(kernel->pool, out, group, scalars, count);
  });
}

bk_status bk_transform(bk_kernel* kernel, uint8_t* values, bk_error* error, uint32_t power) {
  return guarded(error, [&] {
    need(kernel != nullptr && values != nullptr, "an argument is NULL");
    need(power <= 27, "the power is above 27");
    kernel->engine->transform(values, power);
  });
}

}  // extern "C"
