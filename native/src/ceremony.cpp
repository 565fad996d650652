// The C border of what ceremonies are made of.
#include "border.h"
#include "hash.h"

using namespace bionoir;

namespace {

void needGroup(bk_group group) { need(group == BK_G1 || group == BK_G2, "the group is none of bk_group"); }
void needCount(size_t count) { need(count < (size_t{1} << 30), "2^30 points or more"); }
size_t pointBytes(bk_group group) { return group == BK_G1 ? 64 : 128; }

// A hash under way, from bytes that a file may have brought.
Blake2b stateOf(const u8* bytes) {
  Blake2b hash;
  std::memcpy(static_cast<void*>(&hash), bytes, sizeof hash);
  need(hash.waiting <= Blake2b::BLOCK, "the state of the hash has more than a block waiting");
  return hash;
}
bool cancelled(const bk_supervision* s) { return s != nullptr && s->cancel != nullptr && *s->cancel != 0; }
void report(const bk_supervision* s, const char* step, u64 done, u64 total) {
  if (s != nullptr && s->progress != nullptr) s->progress(s->context, step, static_cast<double>(done) / static_cast<double>(total));
}

}  // namespace

extern "C" {

bk_status bk_points_scale(bk_kernel* kernel, uint8_t* out, bk_error* error, const uint8_t* points, size_t count,
                          const uint8_t scalar[32], const bk_supervision* supervision) {
  return guarded(error, [&] {
    need(kernel != nullptr && scalar != nullptr && (count == 0 || (out != nullptr && points != nullptr)), "an argument is NULL");
    kernel->engine->scalePoints(kernel->pool, watched(supervision), out, points, count, scalar);
  });
}

bk_status bk_point_multiply(bk_kernel* kernel, uint8_t* out, bk_error* error, bk_group group, const uint8_t* point,
                            const uint8_t scalar[32]) {
  return guarded(error, [&] {
    need(kernel != nullptr && out != nullptr && point != nullptr && scalar != nullptr, "an argument is NULL");
    needGroup(group);
    u8 result[128];
    kernel->engine->multiplyPoint(result, group, point, scalar);
    std::memcpy(out, result, pointBytes(group));
  });
}

bk_status bk_points_combine(bk_kernel* kernel, uint8_t* out, bk_error* error, bk_group group, const uint8_t* points,
                            const uint8_t* scalars, size_t scalar_bytes, size_t count, const bk_supervision* supervision) {
  return guarded(error, [&] {
    need(kernel != nullptr && out != nullptr && (count == 0 || (points != nullptr && scalars != nullptr)), "an argument is NULL");
    needGroup(group);
    needCount(count);
    u8 result[128];
    kernel->engine->combinePoints(kernel->pool, watched(supervision), result, group, points, scalars, scalar_bytes, count);
    std::memcpy(out, result, pointBytes(group));
  });
}

bk_status bk_points_check_subgroup(bk_kernel* kernel, bk_error* error, const uint8_t* points, size_t count,
                                   const uint8_t seed[32], const bk_supervision* supervision) {
  return guarded(error, [&] {
    need(kernel != nullptr && seed != nullptr && (count == 0 || points != nullptr), "an argument is NULL");
    needCount(count);
    kernel->engine->checkSubgroup(kernel->pool, watched(supervision), points, count, seed);
  });
}

bk_status bk_pairing_check(bk_kernel* kernel, int32_t* valid, bk_error* error, const uint8_t* g1, const uint8_t* g2,
                           size_t count) {
  return guarded(error, [&] {
    need(kernel != nullptr && valid != nullptr && (count == 0 || (g1 != nullptr && g2 != nullptr)), "an argument is NULL");
    *valid = kernel->engine->pairingCheck(kernel->pool, g1, g2, count);
  });
}

void bk_hash_open(uint8_t state[BK_HASH_BYTES]) {
  Blake2b hash;
  hash.open();
  std::memcpy(state, &hash, sizeof hash);
}

bk_status bk_hash_update(uint8_t state[BK_HASH_BYTES], bk_error* error, const uint8_t* bytes, size_t length) {
  return bk_hash_repeat(state, error, bytes, length, 1, nullptr);
}

bk_status bk_hash_repeat(uint8_t state[BK_HASH_BYTES], bk_error* error, const uint8_t* bytes, size_t length, uint64_t times,
                         const bk_supervision* supervision) {
  return guarded(error, [&] {
    need(state != nullptr && (length == 0 || bytes != nullptr), "an argument is NULL");
    Blake2b hash = stateOf(state);
    for (u64 i = 0; i < times; i++) {
      if ((i & 0xffff) == 0xffff) {
        if (cancelled(supervision)) fail(BK_CANCELLED, "cancelled");
        report(supervision, "hash", i, times);
      }
      hash.update(bytes, length);
    }
    std::memcpy(state, &hash, sizeof hash);
  });
}

bk_status bk_hash_points(bk_kernel* kernel, uint8_t state[BK_HASH_BYTES], bk_error* error, bk_group group,
                         const uint8_t* points, size_t count) {
  return guarded(error, [&] {
    need(kernel != nullptr && state != nullptr && (count == 0 || points != nullptr), "an argument is NULL");
    needGroup(group);
    Blake2b hash = stateOf(state);
    const size_t size = pointBytes(group), piece = size_t{1} << 14;
    std::vector<u8> text(size * (count < piece ? count : piece));
    for (size_t at = 0; at < count; at += piece) {
      const size_t n = count - at < piece ? count - at : piece;
      kernel->engine->printPointsForHash(kernel->pool, text.data(), group, points + at * size, n);
      hash.update(text.data(), n * size);
    }
    std::memcpy(state, &hash, sizeof hash);
  });
}

bk_status bk_hash_close(uint8_t state[BK_HASH_BYTES], bk_error* error, uint8_t out[64]) {
  return guarded(error, [&] {
    need(state != nullptr && out != nullptr, "an argument is NULL");
    stateOf(state).close(out);
  });
}

bk_status bk_hash_beacon(uint8_t out[32], bk_error* error, const uint8_t* beacon, size_t length, uint32_t exponent,
                         const bk_supervision* supervision) {
  return guarded(error, [&] {
    need(out != nullptr && (length == 0 || beacon != nullptr), "an argument is NULL");
    need(exponent <= 63, "the exponent is above 63");
    u8 hash[32];
    sha256(hash, beacon, length);
    const u64 times = u64{1} << exponent;
    for (u64 i = 1; i < times; i++) {
      if ((i & 0xfffff) == 0) {
        if (cancelled(supervision)) fail(BK_CANCELLED, "cancelled");
        report(supervision, "hash the beacon", i, times);
      }
      sha256(hash, hash, sizeof hash);
    }
    std::memcpy(out, hash, sizeof hash);
  });
}

bk_status bk_derive_g2(bk_kernel* kernel, uint8_t point[128], bk_error* error, const uint8_t seed[32]) {
  return guarded(error, [&] {
    need(kernel != nullptr && point != nullptr && seed != nullptr, "an argument is NULL");
    kernel->engine->deriveG2(point, seed);
  });
}

bk_status bk_derive_keys(bk_kernel* kernel, uint8_t* scalars, uint8_t* points, bk_error* error, const uint8_t seed[32],
                         size_t count) {
  return guarded(error, [&] {
    need(kernel != nullptr && scalars != nullptr && points != nullptr && seed != nullptr, "an argument is NULL");
    kernel->engine->deriveKeys(scalars, points, seed, count);
  });
}

bk_status bk_lagrange_dual(bk_kernel* kernel, uint8_t* values, bk_error* error, uint32_t power) {
  return guarded(error, [&] {
    need(kernel != nullptr && values != nullptr, "an argument is NULL");
    need(power <= 28, "the power is above 28");
    kernel->engine->lagrangeDual(values, power);
  });
}

bk_status bk_lagrange_odd(bk_kernel* kernel, uint8_t* values, bk_error* error, uint32_t power) {
  return guarded(error, [&] {
    need(kernel != nullptr && values != nullptr, "an argument is NULL");
    need(power <= 27, "the power is above 27");
    kernel->engine->lagrangeOdd(values, power);
  });
}

bk_status bk_setup_powers(bk_kernel* kernel, uint8_t** zkey, size_t* zkey_length, bk_error* error, const uint8_t* r1cs,
                          size_t r1cs_length, const bk_powers* powers, const bk_supervision* supervision) {
  return guarded(error, [&] {
    need(kernel != nullptr && zkey != nullptr && zkey_length != nullptr && powers != nullptr &&
             (r1cs != nullptr || r1cs_length == 0),
         "an argument is NULL");
    for (const u8* part : {powers->lagrange_tau_g1, powers->lagrange_tau_g2, powers->lagrange_alpha_g1, powers->lagrange_beta_g1,
                           powers->lagrange_double, powers->tau_g1, powers->alpha_g1, powers->beta_g1, powers->beta_g2})
      need(part != nullptr, "a part of the powers is NULL");
    const OwnedBytes bytes = kernel->engine->setupPowers(kernel->pool, watched(supervision), r1cs, r1cs_length, *powers);
    *zkey = bytes.data;
    *zkey_length = bytes.size;
  });
}

}  // extern "C"
