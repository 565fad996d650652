// Self-test without Node: checks every path this processor has against the portable one and against identities, then
// prints one line. By hand, with all of native/src but the sources for WebAssembly:
// g++ -std=c++20 -O2 native/selftest.cpp $(ls native/src/*.cpp | grep -v 'wasm\|simd128') -lpthread -o selftest && ./selftest
#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "include/bionoir_kernel.h"

namespace {

int failures = 0;
int checks = 0;

void check(bool ok, const std::string& what) {
  checks++;
  if (ok) return;
  failures++;
  std::printf("FAILED: %s\n", what.c_str());
}

using Bytes = std::vector<uint8_t>;

// A fixed stream: the test is the same in every run.
struct Stream {
  uint64_t state = 0x9e3779b97f4a7c15;
  uint64_t next() {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
  }
  // `count` values below 2^253; some of them edges.
  Bytes scalars(size_t count, bool edges) {
    static const uint8_t MINUS_ONE[32] = {0x00, 0x00, 0x00, 0xf0, 0x93, 0xf5, 0xe1, 0x43, 0x91, 0x70, 0xb9,
                                          0x79, 0x48, 0xe8, 0x33, 0x28, 0x5d, 0x58, 0x81, 0x81, 0xb6, 0x45,
                                          0x50, 0xb8, 0x29, 0xa0, 0x31, 0xe1, 0x72, 0x4e, 0x64, 0x30};
    Bytes out(32 * count);
    for (size_t i = 0; i < count; i++) {
      uint8_t* at = out.data() + 32 * i;
      for (int k = 0; k < 4; k++) {
        const uint64_t x = next();
        std::memcpy(at + 8 * k, &x, 8);
      }
      at[31] &= 0x1f;
      if (!edges) continue;
      if (i % 5 == 0) std::memset(at, 0, 32);
      if (i % 5 == 1) std::memset(at + 1, 0, 31), at[0] = static_cast<uint8_t>(i % 3);
      if (i % 5 == 2) std::memcpy(at, MINUS_ONE, 32);
    }
    return out;
  }
};

struct Kernel {
  bk_kernel* handle = nullptr;
  const char* name;
  Kernel(bk_path path, const char* name) : name(name) {
    bk_error error{};
    const bk_status status = bk_open(&handle, &error, path, 2);
    if (status == BK_UNSUPPORTED_PATH) std::printf("skipped %s: %s\n", name, error.message);
    else check(status == BK_OK, std::string("open ") + name);
  }
  ~Kernel() { bk_close(handle); }
};

Bytes fieldMap(const Kernel& k, bk_field field, bk_operation op, const Bytes& a, const Bytes& b) {
  Bytes out(a.size());
  bk_error error{};
  check(bk_field_map(k.handle, out.data(), &error, field, op, a.data(), b.data(), a.size() / 32) == BK_OK, error.message);
  return out;
}
Bytes multiples(const Kernel& k, bk_group group, const Bytes& scalars) {
  Bytes out(scalars.size() * (group == BK_G1 ? 2 : 4));
  bk_error error{};
  check(bk_multiply_generator(k.handle, out.data(), &error, group, scalars.data(), scalars.size() / 32) == BK_OK, error.message);
  return out;
}
Bytes msm(const Kernel& k, bk_group group, const Bytes& points, const Bytes& scalars) {
  Bytes out(group == BK_G1 ? 64 : 128);
  bk_error error{};
  check(bk_msm(k.handle, out.data(), &error, group, points.data(), scalars.data(), scalars.size() / 32) == BK_OK, error.message);
  return out;
}

void testField(const Kernel& k, const Kernel& reference) {
  Stream stream;
  const Bytes a = stream.scalars(101, true), b = stream.scalars(101, false);
  for (bk_field field : {BK_FQ, BK_FR}) {
    for (int op = BK_ADD; op <= BK_INVERSE; op++) {
      const Bytes mine = fieldMap(k, field, static_cast<bk_operation>(op), a, b);
      check(mine == fieldMap(reference, field, static_cast<bk_operation>(op), a, b),
            std::string(k.name) + ": field operation " + std::to_string(op) + " differs");
    }
    const Bytes product = fieldMap(k, field, BK_MUL, b, fieldMap(k, field, BK_INVERSE, b, b));
    for (size_t i = 0; i < 101; i++) {
      Bytes one(32);
      one[0] = 1;
      check(std::memcmp(product.data() + 32 * i, one.data(), 32) == 0, std::string(k.name) + ": x / x is not 1");
    }
  }
}

// sum s_i (k_i G) = (sum s_i k_i) G.
void testSums(const Kernel& k, const Kernel& reference) {
  Stream stream;
  for (bk_group group : {BK_G1, BK_G2})
    for (size_t count : {0, 1, 2, 7, 33, 500}) {
      for (bool edges : {false, true}) {
        const Bytes scalars = stream.scalars(count, edges), logs = stream.scalars(count, edges);
        const Bytes points = multiples(k, group, logs);
        check(points == multiples(reference, group, logs), std::string(k.name) + ": multiples of the generator differ");
        const Bytes sum = msm(k, group, points, scalars);
        check(sum == msm(reference, group, points, scalars), std::string(k.name) + ": sums differ");
        Bytes total(32);
        const Bytes products = fieldMap(k, BK_FR, BK_MUL, scalars, logs);
        for (size_t i = 0; i < count; i++)
          total = fieldMap(k, BK_FR, BK_ADD, total, Bytes(products.begin() + 32 * i, products.begin() + 32 * (i + 1)));
        check(sum == multiples(k, group, total), std::string(k.name) + ": a sum of " + std::to_string(count) + " is wrong");
        // Repeated bases and equal scalars: doublings and cancellations in every bucket.
        if (count == 0) continue;
        Bytes same, equal;
        for (size_t i = 0; i < 64; i++) {
          same.insert(same.end(), points.begin(), points.begin() + points.size() / count);
          equal.insert(equal.end(), scalars.end() - 32, scalars.end());
        }
        check(msm(k, group, same, equal) == msm(reference, group, same, equal), std::string(k.name) + ": sums of equals differ");
      }
    }
}

void testTransform(const Kernel& k, const Kernel& reference) {
  Stream stream;
  for (uint32_t power : {0u, 1u, 3u, 5u, 6u, 7u, 10u, 11u}) {
    Bytes mine = stream.scalars(size_t{1} << power, power > 3);
    Bytes other = mine;
    bk_error error{};
    check(bk_transform(k.handle, mine.data(), &error, power) == BK_OK, error.message);
    check(bk_transform(reference.handle, other.data(), &error, power) == BK_OK, error.message);
    check(mine == other, std::string(k.name) + ": transform of 2^" + std::to_string(power) + " differs");
  }
}

bool isHex(const uint8_t* bytes, size_t count, const char* hex) {
  std::string text;
  for (size_t i = 0; i < count; i++) {
    char digits[3];
    std::snprintf(digits, sizeof digits, "%02x", bytes[i]);
    text += digits;
  }
  return text == hex;
}

// The examples of RFC 7693, appendix A, and FIPS 180-4.
void testHashes() {
  const Bytes abc = {'a', 'b', 'c'};
  uint8_t state[BK_HASH_BYTES], digest[64];
  bk_error error{};
  bk_hash_open(state);
  for (const uint8_t& byte : abc) check(bk_hash_update(state, &error, &byte, 1) == BK_OK, error.message);
  check(bk_hash_close(state, &error, digest) == BK_OK, error.message);
  check(isHex(digest, 64,
              "ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d1"
              "7d87c5392aab792dc252d5de4533cc9518d38aa8dbf1925ab92386edd4009923"),
        "BLAKE2b of abc is wrong");
  check(bk_hash_beacon(digest, &error, abc.data(), 3, 0, nullptr) == BK_OK, error.message);
  check(isHex(digest, 32, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"), "SHA-256 of abc is wrong");
}

Bytes scaled(const Kernel& k, const Bytes& points, const uint8_t* scalar) {
  Bytes out(points.size());
  bk_error error{};
  check(bk_points_scale(k.handle, out.data(), &error, points.data(), points.size() / 64, scalar, nullptr) == BK_OK, error.message);
  return out;
}
Bytes combined(const Kernel& k, bk_group group, const Bytes& points, const Bytes& scalars, size_t width) {
  Bytes out(group == BK_G1 ? 64 : 128);
  bk_error error{};
  check(bk_points_combine(k.handle, out.data(), &error, group, points.data(), scalars.data(), width,
                          points.size() / out.size(), nullptr) == BK_OK, error.message);
  return out;
}

// A system of one row, wire 1 * wire 2 = 3 wire 1, wire 1 public: the domain has 4 rows.
Bytes smallSystem() {
  Bytes out;
  const auto u32 = [&out](uint32_t x) { out.insert(out.end(), reinterpret_cast<uint8_t*>(&x), reinterpret_cast<uint8_t*>(&x) + 4); };
  const auto number = [&out](uint8_t x) {
    out.push_back(x);
    out.insert(out.end(), 31, 0);
  };
  static const uint8_t R[32] = {0x01, 0x00, 0x00, 0xf0, 0x93, 0xf5, 0xe1, 0x43, 0x91, 0x70, 0xb9, 0x79, 0x48, 0xe8, 0x33, 0x28,
                                0x5d, 0x58, 0x81, 0x81, 0xb6, 0x45, 0x50, 0xb8, 0x29, 0xa0, 0x31, 0xe1, 0x72, 0x4e, 0x64, 0x30};
  out.insert(out.end(), {'r', '1', 'c', 's'});
  for (uint32_t x : {1u, 3u, 1u, 64u, 0u, 32u}) u32(x);
  out.insert(out.end(), R, R + 32);
  for (uint32_t x : {3u, 1u, 0u, 1u, 3u, 0u, 1u}) u32(x);
  for (uint32_t x : {2u, 120u, 0u}) u32(x);
  for (const auto& [wire, value] : {std::pair<uint32_t, uint8_t>{1, 1}, {2, 1}, {1, 3}}) {
    u32(1);
    u32(wire);
    number(value);
  }
  for (uint32_t x : {3u, 24u, 0u}) u32(x);
  out.insert(out.end(), 24, 0);
  return out;
}

void testCeremony(const Kernel& k, const Kernel& reference) {
  Stream stream;
  bk_error error{};
  constexpr size_t COUNT = 16;
  const Bytes seed = stream.scalars(1, false);
  Bytes keys(32 * COUNT), points(64 * COUNT), otherKeys(keys), otherPoints(points), g2(128), otherG2(128);
  check(bk_derive_keys(k.handle, keys.data(), points.data(), &error, seed.data(), COUNT) == BK_OK, error.message);
  check(bk_derive_keys(reference.handle, otherKeys.data(), otherPoints.data(), &error, seed.data(), COUNT) == BK_OK, error.message);
  check(bk_derive_g2(k.handle, g2.data(), &error, seed.data()) == BK_OK, error.message);
  check(bk_derive_g2(reference.handle, otherG2.data(), &error, seed.data()) == BK_OK, error.message);
  check(keys == otherKeys && points == otherPoints && g2 == otherG2, std::string(k.name) + ": derived points differ");
  std::memset(points.data() + 64 * 3, 0, 64);  // infinity

  // k P for all points at once and one by one; the sum of both.
  for (size_t i = 0; i < 3; i++) {
    const uint8_t* scalar = keys.data() + 32 * i;
    const Bytes all = scaled(k, points, scalar);
    check(all == scaled(reference, points, scalar), std::string(k.name) + ": scaled points differ");
    for (size_t p = 0; p < COUNT; p++) {
      uint8_t one[64];
      check(bk_point_multiply(k.handle, one, &error, BK_G1, points.data() + 64 * p, scalar) == BK_OK, error.message);
      check(std::memcmp(one, all.data() + 64 * p, 64) == 0, std::string(k.name) + ": a scaled point is wrong");
    }
    const Bytes sum = combined(k, BK_G1, points, keys, 32);
    check(sum == combined(reference, BK_G1, points, keys, 32), std::string(k.name) + ": combinations differ");
    check(scaled(k, sum, scalar) == combined(k, BK_G1, all, keys, 32), std::string(k.name) + ": a combination is wrong");
    const Bytes halves(keys.begin(), keys.begin() + 16 * COUNT);
    check(scaled(k, combined(k, BK_G1, points, halves, 16), scalar) == combined(k, BK_G1, all, halves, 16),
          std::string(k.name) + ": a combination of 128 bits is wrong");

    // e(k P, Q) e(-P, k Q) = 1.
    Bytes scaledG2(128);
    check(bk_point_multiply(k.handle, scaledG2.data(), &error, BK_G2, g2.data(), scalar) == BK_OK, error.message);
    Bytes left = scaled(k, Bytes(points.begin(), points.begin() + 64), scalar), right = g2;
    uint8_t negated[64];
    static const uint8_t R_MINUS_ONE[32] = {0x00, 0x00, 0x00, 0xf0, 0x93, 0xf5, 0xe1, 0x43, 0x91, 0x70, 0xb9, 0x79, 0x48, 0xe8, 0x33, 0x28,
                                            0x5d, 0x58, 0x81, 0x81, 0xb6, 0x45, 0x50, 0xb8, 0x29, 0xa0, 0x31, 0xe1, 0x72, 0x4e, 0x64, 0x30};
    check(bk_point_multiply(k.handle, negated, &error, BK_G1, points.data(), R_MINUS_ONE) == BK_OK, error.message);
    left.insert(left.end(), negated, negated + 64);
    right.insert(right.end(), scaledG2.begin(), scaledG2.end());
    int32_t valid = 0;
    check(bk_pairing_check(k.handle, &valid, &error, left.data(), right.data(), 2) == BK_OK && valid == 1, std::string(k.name) + ": a pairing is wrong");
    check(bk_pairing_check(k.handle, &valid, &error, left.data(), right.data(), 1) == BK_OK && valid == 0, std::string(k.name) + ": a pairing is one");
  }
  Bytes many;
  for (size_t i = 0; i < 300; i++) many.insert(many.end(), g2.begin(), g2.end());
  check(bk_points_check_subgroup(k.handle, &error, many.data(), 300, seed.data(), nullptr) == BK_OK, error.message);

  // The same key from powers on both paths; what the points mean does not matter for that.
  const Bytes system = smallSystem();
  const uint8_t *p = points.data() + 64 * 4, *q = many.data();
  const bk_powers powers = {2, p, q, p, p, p, p, p, p, q};
  uint8_t *mine = nullptr, *theirs = nullptr;
  size_t mineSize = 0, theirSize = 0;
  check(bk_setup_powers(k.handle, &mine, &mineSize, &error, system.data(), system.size(), &powers, nullptr) == BK_OK, error.message);
  check(bk_setup_powers(reference.handle, &theirs, &theirSize, &error, system.data(), system.size(), &powers, nullptr) == BK_OK, error.message);
  check(mine != nullptr && mineSize == theirSize && std::memcmp(mine, theirs, mineSize) == 0, std::string(k.name) + ": keys from powers differ");
  bk_free(mine);
  bk_free(theirs);
}

}  // namespace

int main() {
  check(bk_abi_version() == BK_ABI_VERSION, "the header is of another version");
  testHashes();
  const Kernel portable(BK_PATH_PORTABLE, "portable"), adx(BK_PATH_ADX, "adx"), ifma(BK_PATH_IFMA, "ifma");
  for (const Kernel* k : {&portable, &adx, &ifma}) {
    if (k->handle == nullptr) continue;
    testField(*k, portable);
    testSums(*k, portable);
    testTransform(*k, portable);
    testCeremony(*k, portable);
  }
  std::printf("%d checks, %d failures\n", checks, failures);
  return failures == 0 ? 0 : 1;
}
